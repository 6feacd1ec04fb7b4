import Foundation
import PaintByExample

/// The description of the interface.
package struct InterfaceRoutes: RouteGroup {
  /// OpenAPI 3.1.
  package static let description = Data(PackageResources.openapi_json)

  package var routes: [Route] {
    [Route(.get, "/openapi.json") { _ in Answer(type: "application/json", Self.description) }]
  }
}
