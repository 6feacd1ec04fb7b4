/// Numbers at an address of their own, which the arguments of a kernel can hold.
final class KernelNumbers<Element> {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(_ values: [Element]) {
    count = values.count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(from: values, count: count)
  }

  convenience init(repeating value: Element, count: Int) {
    self.init([Element](repeating: value, count: count))
  }

  deinit { pointer.deallocate() }

  var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
