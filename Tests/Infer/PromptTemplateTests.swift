import Inference
import Testing

/// Texts with places for what differs from case to case.
@Suite struct PromptTemplateTests {
  @Test(arguments: [
    ("a photo of {class}", "a photo of torus"),
    ("{caption}", "a blue torus"),
    ("{class}: {caption}, {class}", "torus: a blue torus, torus"),
    ("plain {} {1}", "plain {} {1}"),
    ("", ""),
  ])
  func placesAreFilled(_ template: String, _ text: String) throws {
    let filled = try PromptTemplate(template).text(subject: "torus", caption: "a blue torus")
    #expect(filled == text)
  }

  @Test func aPlaceThatNothingFillsIsAnError() throws {
    let template = try PromptTemplate("a photo of {class}")
    #expect(throws: PromptTemplateError.missing(.subject, in: "a photo of {class}")) {
      try template.text(subject: nil, caption: "a blue torus")
    }
  }

  @Test func unknownPlacesAreNamedWithTheNearest() {
    let error = #expect(throws: PromptTemplateError.self) { try PromptTemplate("a {clas}") }
    #expect(error?.description.contains("{clas} (did you mean 'class'?)") == true)
  }
}
