// Every family, then the table of this instruction set. Included by dispatch.c, never compiled alone.
#include "activations.c"
#include "attention.c"
#include "attention_gradient.c"
#include "convert.c"
#include "elementwise.c"
#include "norms.c"
#include "optimiser.c"
#include "products.c"
#include "reductions.c"
#include "softmax.c"
#include "square.c"
#include "vector.h"
#include "winograd.c"

#define ENTRY(name) .name = KERNEL(name)
#define LEVEL_NAME_(level) #level
#define LEVEL_NAME(level) LEVEL_NAME_(level)

static const KernelTable KERNEL(table) = {
    .name = LEVEL_NAME(LEVEL),
    ENTRY(add), ENTRY(subtract), ENTRY(multiply), ENTRY(affine), ENTRY(addScaled), ENTRY(clamp),
    ENTRY(clampGradient), ENTRY(addRow), ENTRY(multiplyRow), ENTRY(accumulateRows),
    ENTRY(transpose),
    ENTRY(exponential), ENTRY(sigmoid), ENTRY(elu), ENTRY(eluGradient), ENTRY(silu),
    ENTRY(siluGradient), ENTRY(gelu), ENTRY(geluGradient),
    ENTRY(quickGelu), ENTRY(quickGeluGradient), ENTRY(geglu), ENTRY(gegluGradient),
    ENTRY(signs), ENTRY(sum), ENTRY(sumOfMagnitudes), ENTRY(dot), ENTRY(squaredDistance),
    ENTRY(magnitudeBits),
    ENTRY(softmaxRows), ENTRY(softmaxGradientRows), ENTRY(panel),
    ENTRY(panelProduct), ENTRY(attention), ENTRY(attentionGradient),
    ENTRY(layerNorm), ENTRY(layerNormGradient), ENTRY(groupSums), ENTRY(groupNorm),
    ENTRY(groupNormGradientSums), ENTRY(groupNormGradient),
    ENTRY(adamW), ENTRY(interpolate),
    ENTRY(winogradInput), ENTRY(winogradOutput), ENTRY(winogradOutputGradient),
    ENTRY(winogradWeight), ENTRY(winogradWeightGradient),
    ENTRY(fromHalf), ENTRY(toHalf), ENTRY(fromBFloat), ENTRY(toBFloat),
};

#undef ENTRY
#undef LEVEL_NAME
#undef LEVEL_NAME_
