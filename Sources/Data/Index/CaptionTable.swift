/// The captions of many records; a text that comes again is stored once.
struct CaptionTable: Sendable {
  private var texts = InternTable()
  private var numbers: [UInt32] = []
  /// Where an object's captions end in `numbers`.
  private var objectEnds: [Int] = []
  /// Where a record's objects end in `objectEnds`.
  private var recordEnds: [Int] = []

  var isEmpty: Bool { numbers.isEmpty }

  subscript(record: Int) -> [[String]] {
    let first = record == 0 ? 0 : recordEnds[record - 1]
    return (first..<recordEnds[record]).map { object in
      let start = object == 0 ? 0 : objectEnds[object - 1]
      return numbers[start..<objectEnds[object]].map { texts.names[Int($0)] }
    }
  }

  mutating func pass(_ passage: inout RawPassage) throws {
    try texts.pass(&passage)
    try passage.carry(&numbers)
    try passage.carry(&objectEnds)
    try passage.carry(&recordEnds)
  }

  mutating func append(_ captions: [[String]]) {
    for object in captions {
      for text in object { numbers.append(UInt32(texts.number(of: text))) }
      objectEnds.append(numbers.count)
    }
    recordEnds.append(objectEnds.count)
  }
}
