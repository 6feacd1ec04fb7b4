import Tensors

/// How many resamples an analysis draws; tests take fewer.
package struct StudyResamples: Sendable {
  let means: Int
  let strengths: Int

  package init(
    means: Int = RankBootstrap.resamples, strengths: Int = RankBootstrap.strengthResamples
  ) {
    (self.means, self.strengths) = (means, strengths)
  }
}
