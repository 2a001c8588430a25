// What the choice between kernels and the general case needs of the general case.
#pragma once

#include "core/elementwise.hpp"

namespace attune::internal {

// Transcendental functions cost about this many additions an element.
inline constexpr std::int64_t function_cost = 8;

// Integers that the general case computes in i64; converting back wraps as their own arithmetic
// would.
inline bool narrow(DType dtype) { return dtype == i32 || dtype == u8; }

// x, or its values in another type.
Tensor converted(const char* operation, const Tensor& x, DType dtype);

// y becomes a where `condition` holds, else b; all three broadcast to its shape.
void choose_in_general(const char* operation, const Tensor& condition, const Tensor& a,
                       const Tensor& b, Tensor& y);

}  // namespace attune::internal
