// The families of brain floats and their table, for the one level whose CPUs may have the instruction.
#include "bfloat.c"
#include "bfloat_attention.c"
#include "bfloat_winograd.c"

static const BFloatKernels bfloatTable = {
    .panelProduct = bfloatPanelProduct,
    .rowPairs = bfloatRowPairs,
    .attention = bfloatAttention,
    .winogradInput = bfloatWinogradInput,
    .winogradWeight = bfloatWinogradWeight,
};
