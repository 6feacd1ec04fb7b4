import ArgumentParser
import Support

/// What a command line's words are, by the help that its command prints: what is wrong with them is then
/// said before what is wrong with their values, and without a search that takes minutes.
package struct CommandWords {
  private let command: any ParsableCommand.Type
  /// What is left when the names of commands are taken off.
  private let rest: [String]
  /// A word in the place of a command's name.
  private let unknownCommand: String?

  /// Longer options there are none.
  private static let longestOption = 100

  package init(_ root: any ParsableCommand.Type, _ arguments: [String]) {
    var (command, rest) = (root, arguments[...])
    var unknown: String?
    while !command.configuration.subcommands.isEmpty {
      let known = command.configuration.subcommands
      if let word = rest.first,
        let named = known.first(where: { $0.configuration.commandName == word })
      {
        (command, rest) = (named, rest.dropFirst())
      } else if let usual = command.configuration.defaultSubcommand {
        command = usual
      } else {
        if let word = rest.first, !word.isEmpty, !word.hasPrefix("-"), word != "help" {
          unknown = word
        }
        break
      }
    }
    (self.command, self.rest, unknownCommand) = (command, Array(rest), unknown)
  }

  /// What keeps the words from being parsed at all.
  ///
  /// - Throws: ``UsageError``.
  package func check() throws {
    if let unknownCommand {
      let names = command.configuration.subcommands.compactMap { $0.configuration.commandName }
      throw UsageError(
        "there is no command '\(unknownCommand.shortened)'\(didYouMean(unknownCommand, in: names)); "
          + "there are \(names.joined(separator: ", "))")
    }
    for (place, word) in rest.enumerated() {
      if word == "--" { return }
      if word.isOption, word.optionName.utf8.count > Self.longestOption {
        throw UsageError("unknown option '\(word.optionName.shortened)'")
      }
      let option = word.isOption && word.hasSuffix("=") ? word.optionName : nil
      if word.isEmpty || option != nil { try refuseEmpty(option ?? optionBefore(place)) }
    }
  }

  /// The option whose value the word at a place is; nil where it is a word of its own.
  private func optionBefore(_ place: Int) -> String? {
    guard place > 0, rest[place - 1].isOption, !rest[place - 1].contains("=") else { return nil }
    return rest[place - 1]
  }

  private func refuseEmpty(_ option: String?) throws {
    guard option != "--prompt" else { return }  // what a model paints without being told
    throw UsageError(
      option.map { "\($0) is empty; give a value" } ?? "an argument is empty; leave it out")
  }

  /// The first word that the command does not know, if there is one, in a sentence.
  package func unknownWord() -> String? {
    guard command.configuration.subcommands.isEmpty else { return nil }  // help, or nothing
    let help = HelpText(command.helpMessage(for: command, includeHidden: true))
    var isValue = false
    for word in rest {
      if isValue, !word.isOption {
        isValue = false
      } else if word == "--" {
        return nil
      } else if word.isOption {
        let name = word.optionName
        guard let takesValue = help.options[name] else {
          return "unknown option '\(name.shortened)'\(didYouMean(name, in: help.options.keys))"
        }
        isValue = takesValue && !word.contains("=")
      } else if word.hasPrefix("-"), word != "-h" {
        return "unknown option '\(word.shortened)'"
      } else if !help.takesWords {
        return "unexpected argument '\(word.shortened)'"
      }
    }
    return nil
  }
}

/// The options of a command, as its help lists them.
private struct HelpText {
  /// By their names, with both dashes: whether a value follows.
  private(set) var options: [String: Bool] = [:]
  /// Whether there are words without an option's name, or options of several values.
  let takesWords: Bool

  init(_ text: String) {
    takesWords = text.contains("\nARGUMENTS:") || text.contains("> ...")
    // Options are indented by two spaces, what is said of them by many.
    let option = /\x20{2}(?:-[a-z], )?(--[a-z0-9-]+)(?:\/(--[a-z0-9-]+))?( <)?/
    for line in text.split(separator: "\n") {
      guard let found = line.prefixMatch(of: option)
      else { continue }
      options[String(found.1)] = found.3 != nil
      if let inverted = found.2 { options[String(inverted)] = false }
    }
  }
}

extension String {
  fileprivate var isOption: Bool { hasPrefix("--") && utf8.count > 2 }

  /// Without the value behind its equals sign.
  fileprivate var optionName: String { String(prefix { $0 != "=" }) }
}
