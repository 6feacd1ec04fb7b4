import Foundation
import Serving
import Testing

/// Addresses and what answers them.
@Suite struct RouteTests {
  private struct Group: RouteGroup {
    var routes: [Route] {
      [
        Route(.get, "/") { _ in Answer() }, Route(.get, "/jobs/{id}") { _ in Answer() },
        Route(.delete, "/jobs/{id}") { _ in Answer() },
        Route(.get, "/jobs/{id}/results/{index}") { _ in Answer() },
      ]
    }
  }

  private let table = RouteTable([Group()])

  @Test func openPartsAreNamed() throws {
    let found = try table.find(.get, "/jobs/ab/results/3")
    #expect(found.route.path == "/jobs/{id}/results/{index}")
    #expect(found.parameters == ["id": "ab", "index": "3"])
  }

  @Test(arguments: [
    "", "//", "/jobs", "/jobs/", "/jobs//", "/jobs/a/", "/jobs/a/b", "/jobs/a/results/",
  ])
  func whatIsNotThereIsNotFound(_ path: String) {
    #expect(status { try table.find(.get, Substring(path)) } == 404)
  }

  @Test func otherMethodsAreToldWhichThereAre() throws {
    do {
      _ = try table.find(.post, "/jobs/a")
      Issue.record("it was found")
    } catch {
      #expect(error.status == .methodNotAllowed)
      #expect(error.fields[.allow] == "GET, DELETE")
    }
  }

  private func status(_ body: () throws -> some Any) -> Int? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? Refusal)?.status.code
    }
  }
}
