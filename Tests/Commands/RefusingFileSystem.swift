import Foundation
import Testing

/// A library that stands before the C library's functions and refuses some, as file systems do: exFAT
/// has no links, network ones have no locks, some of FUSE don't map files, flush them or rename over
/// them.
struct RefusingFileSystem {
  private let library: String

  /// The compiler of Swift's own toolchain; nil where there is none to be found.
  private static let compiler = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/clang" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  static var isPossible: Bool { compiler != nil }

  /// - Parameter folder: for the library.
  init(in folder: String) throws {
    library = "\(folder)/refusing.so"
    let source = "\(folder)/refusing.c"
    try Self.source.write(toFile: source, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.compiler))
    process.arguments = ["-shared", "-fPIC", "-o", library, source]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// The environment in which functions fail with these numbers.
  func refusing(_ calls: [String: Int32]) -> [String: String] {
    // Beside what the tests themselves run behind (Tests/Torture/mutex.c).
    let others = ProcessInfo.processInfo.environment["LD_PRELOAD"].map { ":\($0)" } ?? ""
    return calls.reduce(into: ["LD_PRELOAD": library + others]) {
      $0["REFUSE_\($1.key)"] = "\($1.value)"
    }
  }

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    #include <sys/types.h>

    static int refuses(const char *call) {
      const char *number = getenv(call);
      if (number) errno = atoi(number);
      return number != 0;
    }
    #define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

    int symlink(const char *a, const char *b) {
      if (refuses("REFUSE_symlink")) return -1;
      return REAL(int, "symlink", const char *, const char *)(a, b);
    }
    int link(const char *a, const char *b) {
      if (refuses("REFUSE_link")) return -1;
      return REAL(int, "link", const char *, const char *)(a, b);
    }
    int flock(int file, int operation) {
      if (refuses("REFUSE_flock")) return -1;
      return REAL(int, "flock", int, int)(file, operation);
    }
    int fsync(int file) {
      if (refuses("REFUSE_fsync")) return -1;
      return REAL(int, "fsync", int)(file);
    }
    int rename(const char *a, const char *b) {
      struct stat status;
      if (stat(b, &status) == 0 && refuses("REFUSE_rename")) return -1;
      return REAL(int, "rename", const char *, const char *)(a, b);
    }
    void *mmap(void *place, size_t size, int protection, int flags, int file, off_t offset) {
      if (file >= 0 && refuses("REFUSE_mmap")) return (void *)-1;
      return REAL(void *, "mmap", void *, size_t, int, int, int, off_t)(
          place, size, protection, flags, file, offset);
    }
    """
}
