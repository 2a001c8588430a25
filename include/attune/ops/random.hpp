// Random tensors, drawn from the calling thread's stream (<attune/random.hpp>): the innermost
// Random scope, else the process's default one. One call is one draw of that stream; its bits
// depend on seed, stream and the number of the draw alone. None has a derivative. Errors: value for
// parameters outside their domain; state on a thread without a stream; shape for a negative size;
// dtype unless the type is floating, but for randint and randperm.
//
// Layer: autograd.
#pragma once

#include <attune/random.hpp>
#include <attune/tensor.hpp>

namespace attune {

// Uniform over [0, 1).
ATTUNE_API Tensor rand(const Shape& shape, DType dtype = f32);
// Uniform over [0, 1), of the shape and type of x.
ATTUNE_API Tensor rand_like(const Tensor& x);
// Standard normal.
ATTUNE_API Tensor randn(const Shape& shape, DType dtype = f32);
// Standard normal, of the shape and type of x.
ATTUNE_API Tensor randn_like(const Tensor& x);
// Whole numbers, uniform over [low, high). Error (value) unless low < high.
ATTUNE_API Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
                          DType dtype = i64);
// The numbers 0 .. n-1 in random order, i64.
ATTUNE_API Tensor randperm(std::int64_t n);

// mean + std z, z standard normal; std >= 0. With tensors, element by element, broadcast; for a
// derivative write mean + std * randn_like(mean).
ATTUNE_API Tensor normal(double mean, double std, const Shape& shape, DType dtype = f32);
ATTUNE_API Tensor normal(const Tensor& mean, const Tensor& std);
// 1 with the probability p, else 0: of the type given, or of p's type and shape.
ATTUNE_API Tensor bernoulli(double p, const Shape& shape, DType dtype = f32);
ATTUNE_API Tensor bernoulli(const Tensor& p);
// `count` positions (i64), each drawn with a probability in proportion to its weight: [n] ->
// [count], each row of [m, n] -> [m, count]. Without replacement no position comes twice. Weights
// are finite, not negative, and of at least one position (without replacement: of `count`)
// positive: Error (value). O(n + count log n) a row, without replacement O(n count).
ATTUNE_API Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement = false);

// --- filling what is there, as a write in place: <attune/tensor.hpp> has the rules
// x becomes uniform over [low, high).
ATTUNE_API Tensor& uniform_(Tensor& x, double low = 0, double high = 1);
// x becomes mean + std z, z standard normal.
ATTUNE_API Tensor& normal_(Tensor& x, double mean = 0, double std = 1);
struct TruncatedNormal {
  double mean = 0, std = 1;
  double low = -2, high = 2;  // bounds on the values, not on multiples of std
};
// x becomes normal numbers conditioned on low <= x <= high.
ATTUNE_API Tensor& trunc_normal_(Tensor& x, const TruncatedNormal& options = {});

}  // namespace attune
