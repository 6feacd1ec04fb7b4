extension ComponentName {
  /// What an autoencoder learns against; no part of the model that it then serves.
  package static let discriminator = ComponentName("discriminator", noun: "discriminator")
}
