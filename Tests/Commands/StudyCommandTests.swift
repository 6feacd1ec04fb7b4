import Foundation
import TestSupport
import Testing

/// `pbe-eval study` as a person runs it.
@Suite struct StudyCommandTests {
  private let program = Program(name: "pbe-eval")
  private let folder: TemporaryFolder
  private let bench = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden/evaluation/bench").path

  init() throws { folder = try TemporaryFolder("study") }

  @Test func thePapersMeansAnalysedAgain() throws {
    let result = try program.run("study", "analyse", "--means", "paper")
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.output.contains("quality: Kendall's W 0.344"))
    #expect(result.output.contains("consistency: Kendall's W 0.450"))
    let difference = try #require(result.output.firstMatch(of: /critical difference.*/)).output
    let numbers = difference.split(separator: " ").suffix(3).compactMap { Double($0) }
    #expect(
      zip(numbers, [0.1575, 0.8626, 1.1136]).allSatisfy { abs($0 - $1) < 2e-4 }, "\(numbers)")
    // In quality, 1,500 independent rankings would tell these two apart, 50 raters don't.
    let row = try #require(
      result.output.firstMatch(of: /Paint by Example +Stable Diffusion +0\.57.*/)
    ).output
    #expect(row.contains(/0\.57 +told +not told +not told/))
  }

  @Test func otherMeansFromATable() throws {
    let file = try folder.write(
      Data("method,taste\na,1.2\nb,2.1\nc,2.9\n".utf8), "means.csv")
    let result = try program.run(
      "study", "analyse", "--means", file, "--raters", "20", "--groups", "10", "--output",
      folder.path("out"))
    #expect(result.exitCode == 0, "\(result.error)")
    #expect(result.output.contains("taste: Kendall's W"))
    #expect(result.output.contains("sum to 6.20, complete rankings to 6"))
    let written = try folder.json("out/means.json")
    #expect(written["raters"] as? Int == 20)
  }

  @Test func fromRunsToAPageAndItsKey() throws {
    for baseline in ["copy-paste", "blur-fill"] {
      let result = try program.run(
        "--baseline", baseline, "--bench", bench, "--output", folder.path(baseline))
      #expect(result.exitCode == 0, "\(result.error)")
    }
    let arguments = [
      "study", "make", folder.path("copy-paste"), folder.path("blur-fill"), "--groups", "3",
      "--raters", "4", "--output",
    ]
    let made = try program.run(arguments + [folder.path("study/page.html")])
    #expect(made.exitCode == 0, "\(made.error)")
    #expect(made.output.contains("Key, for you alone: \(folder.path("study/study.json"))"))
    #expect(made.output.contains("4 codes for raters"))
    let key = try folder.json("study/study.json")
    #expect((key["raters"] as? [String])?.count == 4)

    let other = try program.run(arguments + [folder.path("study"), "--seed", "1"])
    #expect(other.exitCode == 1)
    #expect(other.error.contains("is the key to another study"))
    #expect(other.error.contains("Choose another --output"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("study/study.html")))

    let many = try program.run(arguments + [folder.path("many"), "--groups", "40"])
    #expect(many.exitCode == 1)
    #expect(many.error.contains("only 5 cases are in all runs"))
  }

  private static let misuses: [([String], Int32, String)] = [
    (["make", "a", "--output", "x"], 2, "Give 2 to 9 runs, not 1"),
    (["make", "a", "b", "--output", "x"], 1, "a: holds no finished run"),
    (["make", "a", "b", "--names", "one", "--output", "x"], 2, "--names has 1 names for 2 runs"),
    (["make", "a", "b", "--groups", "0", "--output", "x"], 2, "--groups must be 1 to 1000, not 0"),
    (["make", "a", "b", "--repeats", "31", "--output", "x"], 2, "--repeats must be 0 to 30"),
    (["make", "a", "b", "--jpeg", "101", "--output", "x"], 2, "--jpeg must be 1 to 100"),
    (["analyse"], 2, "Give files of answers, or --means."),
    (["analyse", "answers.txt"], 2, "expected a name that ends in .json or .csv"),
    (["analyse", "a.json"], 2, "give the study.json that was made with the page as --study"),
    (["analyse", "a.csv", "--means", "paper"], 2, "Give either answers or --means"),
    (["analyse", "--means", "m.csv"], 2, "needs --raters and --groups"),
    (["analyse", "a.csv", "--raters", "3"], 2, "--raters and --groups go with --means"),
    (["analyse", "nowhere.csv"], 1, "nowhere.csv: no such file"),
  ]

  @Test(arguments: misuses)
  func misuseIsExplained(_ arguments: [String], _ code: Int32, _ message: String) throws {
    let result = try program.run(["study"] + arguments, in: folder.url.path)
    #expect(result.exitCode == code)
    #expect(result.output.isEmpty)
    #expect(result.error.contains(message), "\(result.error)")
  }
}
