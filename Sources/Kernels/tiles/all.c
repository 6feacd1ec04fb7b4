// All kernels and their table, for the tiles of this inclusion. Included by tiles.c only.
#include "attention.c"
#include "attention_gradient.c"
#include "pack.c"
#include "product.c"
#include "vectors.h"

static const TileKernels KERNEL(table) = {
    .round = KERNEL(round),
    .halfStrip = KERNEL(halfStrip),
    .halfStripOfRows = KERNEL(halfStripOfRows),
    .turnRows = KERNEL(turnRows),
    .product = KERNEL(product),
    .packKeys = KERNEL(packKeys),
    .packValues = KERNEL(packValues),
    .attention = KERNEL(attention),
    .attentionGradient = KERNEL(attentionGradient),
};
