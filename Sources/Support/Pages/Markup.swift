import Foundation

/// The text as it stands in HTML and XML; control characters, which XML has no place for, are
/// shown as a replacement character.
package func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
    case "\u{0}"..<" ", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A page that needs neither network nor other files, in the light and the dark.
package struct Page {
  let kicker: String
  let title: String
  let lead: String
  let body: String

  /// - Parameters:
  ///   - kicker: What kind of page it is.
  ///   - title: Plain text.
  ///   - lead: Markup.
  ///   - body: Markup.
  package init(kicker: String, title: String, lead: String, body: String) {
    (self.kicker, self.title, self.lead, self.body) = (kicker, title, lead, body)
  }

  package var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>\(Self.style)</style>
    </head>
    <body>
    <header>
    <p class="kicker">Paint by Example · \(kicker)</p>
    <h1>\(escaped(title))</h1>
    <p class="lead">\(lead)</p>
    </header>
    <main>
    \(body)
    </main>
    </body>
    </html>

    """
  }
}
