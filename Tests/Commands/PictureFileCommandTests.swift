import Foundation
import Pictures
import Support
import TestSupport
import Testing

/// Pictures as people have them: other formats, faults, odd names.
@Suite struct PictureFileCommandTests {
  private let edit =
    "--sampler ddim --steps 2 --box 8,8,24,24 --reference reference.png"

  /// Runs a shell script in a folder with a model and pictures; `$0` is `pbe-sample`.
  private func run(
    _ script: String, _ prepare: (String) throws -> Void = { _ in }
  ) throws -> Program.Outcome {
    try withTemporaryFolder { folder in
      try TinyModel.write(to: "\(folder)/model")
      let pixels = (0..<40 * 32 * 3).map { UInt8($0 * 7 % 251) }
      try Image(width: 40, height: 32, pixels: pixels).writePNG(to: "\(folder)/source.png")
      try Image(width: 9, height: 9, fill: (200, 40, 10)).writePNG(to: "\(folder)/reference.png")
      try prepare(folder)
      return try Program(name: "/bin/sh").run(
        ["-ec", script, Program(name: "pbe-sample").url.path], in: folder)
    }
  }

  @Test func aNameThatIsNoUTF8IsReadAndWritten() throws {
    let outcome = try run(
      """
      name=$(printf 'caf\\351'); mkdir "$name"; mv model "$name/m"; cp source.png "$name/$name.png"
      "$0" --model "$name/m" --image "$name/$name.png" --output "$name/out-$name.png" \(edit) > printed
      printf '%s\\n' "$name/out-$name.png" | cmp - printed
      "$0" --model "$name/m" --image source.png --output plain.png \(edit) > /dev/null
      cmp "$name/out-$name.png" plain.png
      """)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
  }

  @Test func jobsMayHoldSuchNames() throws {
    let outcome = try run(
      """
      name=$(printf 'caf\\351'); cp source.png "$name.png"
      printf '{"image":"%s.png","box":[8,8,24,24],"reference":"reference.png","output":"%s-out.png"}' \
        "$name" "$name" > jobs.jsonl
      "$0" --model model --manifest jobs.jsonl --output out --sampler ddim --steps 1 > printed
      test -f "out/$name-out.png"
      """)
    #expect(outcome.exitCode == 0, "\(outcome.error)")
  }

  @Test func messagesShowSuchNames() throws {
    let outcome = try run(
      "\"$0\" --model model --image \"$(printf 'caf\\351.png')\" --output out.png \(edit)")
    #expect(outcome.exitCode == 1)
    #expect(outcome.error == "error: caf\\xE9.png: no such file\n")
  }

  @Test func warningsAreSaidOnceAFile() throws {
    let jobs = (0..<2).map { number in
      """
      {"image": "source.jpg", "box": [8, 8, 24, 24], "reference": "source.jpg", "output": "\(number).png"}
      """
    }
    let outcome = try run(
      """
      mv source.png source.jpg
      "$0" --model model --manifest jobs.jsonl --output out --sampler ddim --steps 1
      """
    ) { folder in
      let text = jobs.joined(separator: "\n")
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/jobs.jsonl"))
    }
    #expect(outcome.exitCode == 0)
    let warning = "warning: source.jpg: holds a PNG, and is read as such; rename it to .png"
    #expect(outcome.error.components(separatedBy: warning).count == 2, "\(outcome.error)")
  }

  @Test func theLimitOfPixelsIsReadFromTheEnvironment() throws {
    let outcome = try run(
      "PBE_MAX_PIXELS=1000 \"$0\" --model model --image source.png --output out.png \(edit)")
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.error.hasPrefix("error: source.png: 40×32 pixels, at most 1000 in all are read"))
    let misspelt = try run(
      "PBE_MAX_PIXELS=1e9 \"$0\" --model model --image source.png --output out.png \(edit)")
    #expect(misspelt.exitCode == 1 && misspelt.error.contains("PBE_MAX_PIXELS is \"1e9\""))
  }
}
