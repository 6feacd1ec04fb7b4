import Foundation
import PaintByExample

/// The description of the interface.
struct InterfaceRoutes: RouteGroup {
  var routes: [Route] {
    [
      Route(.get, "/openapi.json") { _ in
        Answer(type: "application/json", Data(PackageResources.openapi_json))
      }
    ]
  }
}
