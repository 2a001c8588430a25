// Operations that write their result over their first operand, and return it. No derivative flows
// through them: outside a NoGrad scope they are an Error (state) on a tensor that takes part in a
// graph, or shares its memory with one that does; inside one they raise the version of the storage.
// Other operands broadcast to the shape of x, which never widens (Error, shape), and the result is
// converted to its type, which must be able to hold it (Error, dtype). fill_, zero_ and copy_ are
// methods of Tensor.
//
// Layer: autograd.
#pragma once

#include <attune/ops/matmul.hpp>
#include <attune/tensor.hpp>

namespace attune {

ATTUNE_API Tensor& add_(Tensor& x, const Tensor& other);  // x becomes x + other
ATTUNE_API Tensor& add_(Tensor& x, Number other);
ATTUNE_API Tensor& sub_(Tensor& x, const Tensor& other);  // x becomes x - other
ATTUNE_API Tensor& sub_(Tensor& x, Number other);
ATTUNE_API Tensor& mul_(Tensor& x, const Tensor& other);  // x becomes x other
ATTUNE_API Tensor& mul_(Tensor& x, Number other);
ATTUNE_API Tensor& div_(Tensor& x, const Tensor& other);  // x becomes x / other
ATTUNE_API Tensor& div_(Tensor& x, Number other);
ATTUNE_API Tensor& pow_(Tensor& x, const Tensor& exponent);  // x becomes x^exponent
ATTUNE_API Tensor& pow_(Tensor& x, Number exponent);

ATTUNE_API Tensor& neg_(Tensor& x);                             // x becomes -x
ATTUNE_API Tensor& abs_(Tensor& x);                             // x becomes |x|
ATTUNE_API Tensor& sqrt_(Tensor& x);                            // x becomes sqrt(x)
ATTUNE_API Tensor& exp_(Tensor& x);                             // x becomes e^x
ATTUNE_API Tensor& log_(Tensor& x);                             // x becomes log(x)
ATTUNE_API Tensor& relu_(Tensor& x);                            // x becomes max(x, 0)
ATTUNE_API Tensor& sigmoid_(Tensor& x);                         // x becomes 1 / (1 + exp(-x))
ATTUNE_API Tensor& tanh_(Tensor& x);                            // x becomes tanh(x)
ATTUNE_API Tensor& clamp_(Tensor& x, Number low, Number high);  // x becomes min(max(x, low), high)

// x becomes `value` where the mask is true; see masked_fill
ATTUNE_API Tensor& masked_fill_(Tensor& x, const Tensor& mask, Number value);
// x gets each element of source added where the index says; see scatter_add
ATTUNE_API Tensor& scatter_add_(Tensor& x, std::int64_t axis, const Tensor& index,
                                const Tensor& source);

// x becomes x + weight (end - x)
ATTUNE_API Tensor& lerp_(Tensor& x, const Tensor& end, Number weight);
// x becomes x + factor a b
ATTUNE_API Tensor& addcmul_(Tensor& x, const Tensor& a, const Tensor& b, Number factor = 1);
// x becomes x + factor a / b
ATTUNE_API Tensor& addcdiv_(Tensor& x, const Tensor& a, const Tensor& b, Number factor = 1);
// x becomes beta x + alpha (a b), the product of two matrices; see addmm. Where x is contiguous,
// shares no memory with a and b and has their type, alpha is 1 and beta 0 or 1, the product is
// written where x lies: with beta = 0, a product without the cost of making its result.
ATTUNE_API Tensor& addmm_(Tensor& x, const Tensor& a, const Tensor& b,
                          const AddmmOptions& options = {});

}  // namespace attune
