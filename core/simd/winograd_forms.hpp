// The forms of the convolution by tiles. A square is transformed along its columns, then along its
// rows, by the same function: a form is these functions of one axis, and which products they meet
// in. The derivative by the weight takes `result` and `weights` backwards, as `slopes` and
// `gradient`.
#pragma once

#include "core/simd/unit.hpp"
#include "core/winograd_kernels.hpp"

namespace attune::internal {
namespace {

// seen: elements that a tile sees. The first `in_turn` are neighbours in a copy; the others, those
// of even places with strides of 2, stand behind the last of these. has_bias: a derivative has
// none, and to add 0 would turn a -0.

// 2 results without strides: y0 = d0 w0 + d1 w1 + d2 w2, y1 = d1 w0 + d2 w1 + d3 w2, which are
// m0 + m1 + m2 and m1 - m2 - m3. 16 products for 36.
struct Plain {
  static constexpr int seen = 4, in_turn = 4, sources = 4, products = 4, results = 2;
  static constexpr bool has_bias = true;
  static constexpr WinogradTerm terms[] = {
      {0, 0, 0, true}, {1, 1, 1, true}, {2, 2, 2, true}, {3, 3, 3, true}};

  template <class B>
  static ATTUNE_INLINE void source(const B (&d)[4], B (&y)[4]) {
    y[0] = d[0] - d[2];
    y[1] = d[1] + d[2];
    y[2] = d[2] - d[1];
    y[3] = d[1] - d[3];
  }
  template <class B>
  static ATTUNE_INLINE void weights(const B (&w)[3], B (&y)[4]) {
    const B half(typename B::value_type(0.5)), outer = half * w[0] + half * w[2];
    const B middle = half * w[1];
    y[0] = w[0];
    y[1] = outer + middle;
    y[2] = outer - middle;
    y[3] = w[2];
  }
  template <class B>
  static ATTUNE_INLINE void result(const B (&m)[4], B (&y)[2]) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) - m[3];
  }
  template <class B>
  static ATTUNE_INLINE void slopes(const B (&g)[2], B (&y)[4]) {
    y[0] = g[0];
    y[1] = g[0] + g[1];
    y[2] = g[0] - g[1];
    y[3] = B(typename B::value_type(0)) - g[1];
  }
  template <class B>
  static ATTUNE_INLINE void gradient(const B (&m)[4], B (&y)[3]) {
    const B half(typename B::value_type(0.5)), m1 = half * m[1], m2 = half * m[2];
    y[0] = m[0] + (m1 + m2);
    y[1] = m1 - m2;
    y[2] = (m1 + m2) + m[3];
  }
};

// 2 results with strides of 2, which see three elements o of odd places, those from before the
// first even one on, and two e of even places:
//   y0 = o0 w0 + o1 w2 + e0 w1, y1 = o1 w0 + o2 w2 + e1 w1,
// which are (o0 - o1) w0, o1 (w0 + w2), (o2 - o1) w2, e0 w1 and e1 w1: 25 products for 36, in 9
// places, since what goes to the same result is added.
struct Halving {
  static constexpr int seen = 5, in_turn = 3, sources = 5, products = 3, results = 2;
  static constexpr bool has_bias = true;
  static constexpr WinogradTerm terms[] = {
      {0, 0, 0, true}, {3, 3, 0, false}, {1, 1, 1, true}, {2, 2, 2, true}, {4, 3, 2, false}};

  template <class B>
  static ATTUNE_INLINE void source(const B (&d)[5], B (&y)[5]) {
    y[0] = d[0] - d[1];
    y[1] = d[1];
    y[2] = d[2] - d[1];
    y[3] = d[3];
    y[4] = d[4];
  }
  template <class B>
  static ATTUNE_INLINE void weights(const B (&w)[3], B (&y)[4]) {
    y[0] = w[0];
    y[1] = w[0] + w[2];
    y[2] = w[2];
    y[3] = w[1];
  }
  template <class B>
  static ATTUNE_INLINE void result(const B (&m)[3], B (&y)[2]) {
    y[0] = m[0] + m[1];
    y[1] = m[2] + m[1];
  }
  template <class B>
  static ATTUNE_INLINE void slopes(const B (&g)[2], B (&y)[3]) {
    y[0] = g[0];
    y[1] = g[0] + g[1];
    y[2] = g[1];
  }
  template <class B>
  static ATTUNE_INLINE void gradient(const B (&m)[4], B (&y)[3]) {
    y[0] = m[0] + m[1];
    y[1] = m[3];
    y[2] = m[2] + m[1];
  }
};

// The derivative by the input of strides of 2, 4 results, which see three elements d of g:
//   y0 = d0 w1, y1 = d0 w2 + d1 w0, y2 = d1 w1, y3 = d1 w2 + d2 w0,
// which are (d0 - d1) w2, d1 (w0 + w2), (d2 - d1) w0, d0 w1 and d1 w1: 25 products for 36.
struct Doubling {
  static constexpr int seen = 3, in_turn = 3, sources = 4, products = 5, results = 4;
  static constexpr bool has_bias = false;
  static constexpr WinogradTerm terms[] = {
      {0, 2, 0, true}, {1, 1, 1, true}, {2, 0, 2, true}, {3, 3, 3, true}, {1, 3, 4, true}};

  template <class B>
  static ATTUNE_INLINE void source(const B (&d)[3], B (&y)[4]) {
    y[0] = d[0] - d[1];
    y[1] = d[1];
    y[2] = d[2] - d[1];
    y[3] = d[0];
  }
  template <class B>
  static ATTUNE_INLINE void weights(const B (&w)[3], B (&y)[4]) {
    Halving::weights(w, y);
  }
  template <class B>
  static ATTUNE_INLINE void result(const B (&m)[5], B (&y)[4]) {
    y[0] = m[3];
    y[1] = m[0] + m[1];
    y[2] = m[4];
    y[3] = m[1] + m[2];
  }
};

}  // namespace
}  // namespace attune::internal
