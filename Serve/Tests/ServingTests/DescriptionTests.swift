import Foundation
import Serving
import Testing

/// The interface's description knows the settings that there are, and no others.
@Suite struct DescriptionTests {
  private struct Description: Decodable {
    struct Schema: Decodable {
      let properties: [String: Ignored]?
    }
    struct Components: Decodable {
      let schemas: [String: Schema]
    }
    struct Ignored: Decodable {
      init(from decoder: any Decoder) {}
    }
    let components: Components
  }

  private let description: Description

  init() throws {
    description = try JSONDecoder().decode(Description.self, from: InterfaceRoutes.description)
  }

  @Test func everySettingIsDescribed() {
    let described = description.components.schemas["Settings"]?.properties?.keys.sorted()
    #expect(described == RequestedSettings.names.sorted())
  }
}
