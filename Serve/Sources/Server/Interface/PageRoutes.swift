import Foundation
import HTTPTypes
import PaintByExample

/// The page's files, from memory: nothing that a client says becomes a name of a file.
struct PageRoutes: RouteGroup {
  let token: AccessToken?

  private struct File {
    let path: String
    let type: String
    let data: Data
    let tag: String

    init(_ name: String, _ type: String, _ bytes: [UInt8]) {
      path = name == "index.html" ? "/" : "/page/\(name)"
      self.type = type
      data = Data(bytes)
      tag = "\"\(SHA256.hexadecimal(of: data).prefix(16))\""
    }
  }

  private static let css = "text/css; charset=utf-8"
  private static let script = "text/javascript; charset=utf-8"
  private static let drawing = "image/svg+xml"

  private static let files = [
    File("index.html", "text/html; charset=utf-8", PackageResources.index_html),
    File("actions.js", script, PackageResources.actions_js),
    File("api.js", script, PackageResources.api_js),
    File("batch.js", script, PackageResources.batch_js),
    File("camera.js", script, PackageResources.camera_js),
    File("compare.js", script, PackageResources.compare_js),
    File("crosshair.js", script, PackageResources.crosshair_js),
    File("elements.js", script, PackageResources.elements_js),
    File("files.js", script, PackageResources.files_js),
    File("gestures.js", script, PackageResources.gestures_js),
    File("help.js", script, PackageResources.help_js),
    File("history.js", script, PackageResources.history_js),
    File("icon.svg", drawing, PackageResources.icon_svg),
    File("icons.svg", drawing, PackageResources.icons_svg),
    File("keyboard.js", script, PackageResources.keyboard_js),
    File("main.js", script, PackageResources.main_js),
    File("manifest.js", script, PackageResources.manifest_js),
    File("marks.js", script, PackageResources.marks_js),
    File("mask.js", script, PackageResources.mask_js),
    File("models.js", script, PackageResources.models_js),
    File("panel.css", css, PackageResources.panel_css),
    File("pictures.js", script, PackageResources.pictures_js),
    File("png.js", script, PackageResources.png_js),
    File("presets.js", script, PackageResources.presets_js),
    File("progress.js", script, PackageResources.progress_js),
    File("queue.js", script, PackageResources.queue_js),
    File("region.js", script, PackageResources.region_js),
    File("results.css", css, PackageResources.results_css),
    File("results.js", script, PackageResources.results_js),
    File("say.js", script, PackageResources.say_js),
    File("settings.js", script, PackageResources.settings_js),
    File("sizes.js", script, PackageResources.sizes_js),
    File("source.js", script, PackageResources.source_js),
    File("stage.css", css, PackageResources.stage_css),
    File("stage.js", script, PackageResources.stage_js),
    File("state.js", script, PackageResources.state_js),
    File("store.js", script, PackageResources.store_js),
    File("style.css", css, PackageResources.style_css),
    File("theme.js", script, PackageResources.theme_js),
    File("tools.js", script, PackageResources.tools_js),
    File("undo.js", script, PackageResources.undo_js),
    File("zip.js", script, PackageResources.zip_js),
  ]

  var routes: [Route] {
    Self.files.map { file in
      Route(.get, file.path) { call in
        if file.path == "/", let token, call.query["token"] != nil {
          return token.welcome(port: call.port)
        }
        return Self.answer(file, call)
      }
    }
  }

  private static func answer(_ file: File, _ call: Call) -> Answer {
    let fields: HTTPFields = [
      .eTag: file.tag, .cacheControl: "no-cache", .contentSecurityPolicy: policy,
    ]
    if call.fields[.ifNoneMatch] == file.tag { return Answer(.notModified, Data(), fields) }
    return Answer(type: file.type, file.data, fields)
  }

  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}
