import Pictures

/// The boxes of a split that pass the filter, by picture.
struct OpenImagesBoxes: Sendable {
  /// All pictures that the annotations name, in the order of their first appearance.
  private(set) var identifiers = InternTable()
  /// Class identifiers (`/m/…`), as far as known.
  private(set) var classes = InternTable()
  var tally = Tally()
  let unit: BoxUnit
  /// Display names of the classes; empty if they are not known.
  var displayNames: [String: String] = [:]

  private var boxes: [Box] = []
  private var pictures: [UInt32] = []
  private var labels: [UInt16] = []
  /// After `sort()`: where each picture's boxes end.
  private var ends: [Int] = []

  /// No class.
  private static let none = UInt16.max

  init(unit: BoxUnit) { self.unit = unit }

  mutating func picture(_ identifier: UnsafeRawBufferPointer) -> Int {
    identifiers.number(of: identifier)
  }

  /// The class's number; there are about 600.
  mutating func label(_ identifier: UnsafeRawBufferPointer) -> Int {
    classes.number(of: identifier)
  }

  mutating func append(_ box: Box, picture: Int, label: Int?) {
    boxes.append(box)
    pictures.append(UInt32(picture))
    labels.append(label.map { UInt16(clamping: $0) } ?? Self.none)
    tally.boxes.kept += 1
  }

  /// Brings the boxes of each picture together, in the order they came; call once, after the last.
  mutating func sort() {
    var starts = [Int](repeating: 0, count: identifiers.count)
    for picture in pictures { starts[Int(picture)] += 1 }
    var sum = 0
    for i in starts.indices { (starts[i], sum) = (sum, sum + starts[i]) }
    var order = [UInt32](repeating: 0, count: boxes.count)
    for (i, picture) in pictures.enumerated() {
      order[starts[Int(picture)]] = UInt32(i)
      starts[Int(picture)] += 1
    }
    boxes = order.map { boxes[Int($0)] }
    labels = order.map { labels[Int($0)] }
    pictures = []
    ends = starts
  }

  func boxes(of picture: Int) -> ArraySlice<Box> { boxes[range(picture)] }

  /// The picture's record, with `image` as its path.
  func record(_ picture: Int, image: String) -> DatasetRecord {
    let names = labels[range(picture)].compactMap { label in
      label == Self.none ? nil : classes.names[Int(label)]
    }
    return DatasetRecord(
      image: image, boxes: Array(boxes(of: picture)),
      labels: names.map { displayNames[$0] ?? $0 }, unit: unit, origin: image)
  }

  private func range(_ picture: Int) -> Range<Int> {
    (picture == 0 ? 0 : ends[picture - 1])..<ends[picture]
  }
}
