// The nonlinearities of networks and their slopes, once per instruction set: value and slope of
// each stand together.
#include "core/kernels.hpp"
#include "core/simd/math_erf.hpp"
#include "core/simd/run.hpp"

namespace attune::internal {
namespace {

// value(x) = f(x), slope(x) = f'(x).
template <class T>
struct Base {
  using B = Batch<T>;
  Base(T p_, T q_) : p(p_), q(q_) {}
  static ATTUNE_INLINE B number(double value) { return B(static_cast<T>(value)); }
  B p, q;
};

template <class T>
struct leaky_relu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return xsimd::select(x > B(T(0)), x, this->p * x); }
  ATTUNE_INLINE B slope(const B& x) const { return xsimd::select(x > B(T(0)), B(T(1)), this->p); }
};

template <class T>
struct elu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return this->q * xsimd::select(x > B(T(0)), x, this->p * math::expm1<T>(x));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return this->q * xsimd::select(x > B(T(0)), B(T(1)), this->p * math::exp<T>(x));
  }
};

// f(x) and f'(x) of an f with f(x) - f(-x) = x, where there are pieces of it.
template <class Pieces, class T, class Otherwise>
ATTUNE_INLINE Batch<T> by_pieces(const Batch<T>& x, Otherwise otherwise) {
  if constexpr (has_pieces<T>)
    return beside_relu<Pieces, T>(x, otherwise);
  else
    return otherwise(x);
}
template <class Pieces, class T, class Otherwise>
ATTUNE_INLINE Batch<T> slope_by_pieces(const Batch<T>& x, Otherwise otherwise) {
  if constexpr (has_pieces<T>)
    return beside_half<Pieces, T>(x, otherwise);
  else
    return otherwise(x);
}

// x Phi(x), Phi the normal distribution: x or 0 less |x| times what lies beyond |x|.
template <class T>
struct gelu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static ATTUNE_INLINE NormalTail<T> tail_beyond(const B& x) {
    return NormalTail<T>(at_most<T>(math::abs<T>(x), Coefficients<T>::tail_end));
  }
  ATTUNE_INLINE B value(const B& x) const {
    return by_pieces<GeluPieces, T>(x, [](const B& v) { return precise(v); });
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return slope_by_pieces<GeluSlopePieces, T>(x, [](const B& v) { return precise_slope(v); });
  }
  static ATTUNE_INLINE B precise(const B& x) {
    const NormalTail<T> tail = tail_beyond(x);
    // a result that vanishes has the sign of x
    return (at_least<T>(x, T(0)) - tail.times_x()) | math::sign_bit<T>(x);
  }
  static ATTUNE_INLINE B precise_slope(const B& x) {
    // Q(|x|) - |x| / sqrt(2 pi), times the divisor
    const NormalTail<T> tail = tail_beyond(x);
    const B density(T(0.398942280401432677939946059934381868)), one(T(1)), two(T(2));
    const B other = fma<T>(density, fma<T>(tail.x, tail.p, two), tail.numerator);
    const B rest = tail.times(fma<T>(tail.x, tail.q - other, one));
    return xsimd::select(x > B(T(0)), B(T(1)) - rest, rest);
  }
};

// x / (1 + e^-u) for the e that is e^-|u|, u of the sign of x; beyond `far` it is x.
template <class T>
ATTUNE_INLINE Batch<T> times_logistic(const Batch<T>& near, const PreciseExp<T>& e,
                                      const Batch<T>& x, const Batch<T>& far) {
  const auto left = x < Batch<T>(T(0));
  const Divisor<T> divisor = Divisor<T>::one_plus(e.alone());
  Batch<T> value;
  if constexpr (fused) {
    value = divisor.under(xsimd::select(left, e.times(near), near));
  } else {  // what the numerator's last sum loses counts; the power of two comes last
    const Batch<T> bend = xsimd::select(left, near * e.r + near * e.bend, Batch<T>(T(0)));
    const Batch<T> numerator = near + bend;
    const Batch<T> ratio = divisor.under(numerator, (near - numerator) + bend);
    value = xsimd::select(left, e.power.scaled(ratio), ratio);
  }
  return xsimd::select(x > far, x, value | math::sign_bit<T>(x));
}

// The slope of that by x, where x u'(x) is `pull`: s (1 + pull (1 - s)), s = 1 / (1 + e^-u).
template <class T>
ATTUNE_INLINE Batch<T> logistic_slope(const Batch<T>& x, const Batch<T>& pull,
                                      const PreciseExp<T>& e) {
  const Batch<T> one(T(1)), small = e.alone();
  const auto left = x < Batch<T>(T(0));
  const Divisor<T> divisor = Divisor<T>::one_plus(small);
  const Batch<T> rest = divisor.under(xsimd::select(left, one, small));
  const Batch<T> factor = fma<T>(pull, rest, one);
  return divisor.under(xsimd::select(left, e.times(factor), factor));
}

// 1/2 (1 + tanh(u)) = 1 / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class T>
struct gelu_tanh : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  // beyond, the function is 0 or x
  static constexpr T far = sizeof(T) == 4 ? T(11) : T(22.5);

  // e^-2|u|, which multiplies the error of its argument by it: 2 |u| to twice the digits.
  static ATTUNE_INLINE PreciseExp<T> exponential(const B& size) {
    const B one(T(1)), cubic(cubic_high), rate(rate_high);
    const B square = size * size, bent = cubic * square, sum = one + bent, from_one = sum - one;
    const B square_over = less_product<T>(square, size, size);
    const B bent_over = fnma<T>(B(cubic_low), square, less_product<T>(bent, cubic, square));
    const B sum_over =
        fma<T>(cubic, square_over, bent_over) - ((one - (sum - from_one)) + (bent - from_one));
    const B product = size * sum, twice = rate * product;
    const B product_over = fma<T>(size, sum_over, less_product<T>(product, size, sum));
    const B twice_over = fnma<T>(B(rate_low), product, less_product<T>(twice, rate, product));
    return PreciseExp<T>(math::neg<T>(twice), fma<T>(rate, product_over, twice_over));
  }
  ATTUNE_INLINE B value(const B& x) const {
    return by_pieces<GeluTanhPieces, T>(x, [](const B& v) { return precise(v); });
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return slope_by_pieces<GeluTanhSlopePieces, T>(x, [](const B& v) { return precise_slope(v); });
  }
  static ATTUNE_INLINE B precise(const B& x) {
    const B near = clamp<T>(x, -far, far);
    return times_logistic<T>(near, exponential(math::abs<T>(near)), x, B(far));
  }
  static ATTUNE_INLINE B precise_slope(const B& x) {
    const B near = clamp<T>(x, -far, far);
    const B rate = B(rate_high) * fma<T>(B(T(3) * cubic_high) * near, near, B(T(1)));
    return logistic_slope<T>(near, near * rate, exponential(math::abs<T>(near)));
  }

 private:
  // 0.044715 and 2 sqrt(2 / pi), as two numbers each
  static constexpr T cubic_high = T(0.044715L), cubic_low = T(0.044715L - cubic_high);
  static constexpr long double exact_rate = 1.595769121605730711759784239737527474L;
  static constexpr T rate_high = T(exact_rate), rate_low = T(exact_rate - rate_high);
};

template <class T>
struct silu : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static constexpr T far = T(8) - Range<T>::lowest;  // beyond, the function is 0 or x
  static ATTUNE_INLINE PreciseExp<T> exponential(const B& near) {
    return PreciseExp<T>(near | B(T(-0.0)));
  }
  ATTUNE_INLINE B value(const B& x) const {
    return by_pieces<SiluPieces, T>(x, [](const B& v) { return precise(v); });
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return slope_by_pieces<SiluSlopePieces, T>(x, [](const B& v) { return precise_slope(v); });
  }
  static ATTUNE_INLINE B precise(const B& x) {
    const B near = clamp<T>(x, -far, far);
    return times_logistic<T>(near, exponential(near), x, B(far));
  }
  static ATTUNE_INLINE B precise_slope(const B& x) {
    const B near = clamp<T>(x, -far, far);
    return logistic_slope<T>(near, near, exponential(near));
  }
};

// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2); from x = 20 on (40 of f64) it is 1, and
// far below 0 it is e^x.
template <class T>
struct mish : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  static constexpr T far = Range<T>::saturated, lowest = Range<T>::lowest - T(8);
  ATTUNE_INLINE B value(const B& x) const {
    const B near = clamp<T>(x, lowest, far);
    const PreciseExp<T> power(near);
    const B e = power.alone(), twice = e + e, n = fma<T>(e, e, twice);
    const B n_lost = fma<T>(e, e, twice - n);
    const Divisor<T> divisor = Divisor<T>::sum_of(n, B(T(2)));
    const B product = near * n, ratio = product * divisor.inverse;
    const B rest = fma<T>(near - ratio, n_lost,
                          divisor.rest(product, ratio) - less_product<T>(product, near, n));
    const B value = fma<T>(rest, divisor.inverse, ratio);
    const B left = xsimd::select(x < B(-far), power.times(near), value);
    return xsimd::select(x > B(far), x, left) | math::sign_bit<T>(x);
  }
  ATTUNE_INLINE B slope(const B& x) const {
    const B near = clamp<T>(x, lowest, far), one(T(1)), two(T(2)), four(T(4));
    const PreciseExp<T> power(near);
    const B e = power.alone(), divisor = fma<T>(e, e + two, two);
    // e^x (4 (x + 1) + e^x (4 x + 6 + e^x (4 + e^x))) / (n + 2)^2
    const B inner = fma<T>(e, e + four, fma<T>(four, near, B(T(6))));
    const B value = e * fma<T>(e, inner, four * (near + one)) / (divisor * divisor);
    const B left = xsimd::select(x < B(-far), power.times(near + one), value);
    return xsimd::select(x > B(far), one, left);
  }
};

template <class T>
struct softplus : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    const B z = this->p * x;
    const B value = softplus_beside<T>(math::relu<T>(z), z);
    return xsimd::select(z > this->q, x, value / this->p);
  }
  ATTUNE_INLINE B slope(const B& x) const {
    const B z = this->p * x;
    return xsimd::select(z > this->q, B(T(1)), math::sigmoid<T>(z));
  }
};

template <class T>
struct softsign : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return x / (B(T(1)) + math::abs<T>(x)); }
  ATTUNE_INLINE B slope(const B& x) const {
    // 1 / (1 + |x|) and what it is off by, relative; beyond `far` the slope is 0
    constexpr T far = sizeof(T) == 4 ? T(0x1p80) : T(0x1p600);
    const B one(T(1)), size = at_most<T>(math::abs<T>(x), far), d = one + size, inverse = one / d;
    const B from_one = d - one, lost = (one - (d - from_one)) + (size - from_one);
    const B off = fnma<T>(lost, inverse, less_product<T>(one, d, inverse));
    const B square = inverse * inverse;
    return fma<T>(square + square, off, square);
  }
};

// Comparisons that NaN fails keep it.
template <class T>
struct hardtanh : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return xsimd::select(x < this->p, this->p, xsimd::select(x > this->q, this->q, x));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    return xsimd::select((x > this->p) & (x < this->q), B(T(1)), B(T(0)));
  }
};

template <class T>
struct hardsigmoid : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const { return clamp<T>(x + B(T(3)), T(0), T(6)) / B(T(6)); }
  ATTUNE_INLINE B slope(const B& x) const {
    return xsimd::select((x > B(T(-3))) & (x < B(T(3))), B(T(1) / T(6)), B(T(0)));
  }
};

template <class T>
struct hardswish : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return x * (clamp<T>(x + B(T(3)), T(0), T(6)) / B(T(6)));
  }
  ATTUNE_INLINE B slope(const B& x) const {
    const B inside = (x + x + B(T(3))) / B(T(6));
    return xsimd::select(x > B(T(-3)), xsimd::select(x < B(T(3)), inside, B(T(1))), B(T(0)));
  }
};

template <class T>
struct log_sigmoid : Base<T> {
  using Base<T>::Base, typename Base<T>::B;
  ATTUNE_INLINE B value(const B& x) const {
    return math::neg<T>(softplus_beside<T>(math::relu<T>(math::neg<T>(x)), x));
  }
  ATTUNE_INLINE B slope(const B& x) const { return math::sigmoid<T>(math::neg<T>(x)); }
};

// y = g f'(x): the loop of map, of two arrays.
template <class T, class F>
ATTUNE_INLINE void map_slope(std::int64_t n, const T* g, const T* x, T* y, F f) {
  const std::int64_t asked = asked_ahead(n);
  for (std::int64_t i = 0; i < n; i += lanes<T>) {
    fetch_ahead<T>(i, asked, g, x, y);
    const Batch<T> slope = f(load_up_to<T>(x + i, n - i));
    store_up_to<T>(load_up_to<T>(g + i, n - i) * slope, y + i, n - i);
  }
}

template <class T>
void fill(KernelsOf<T>& table) {
#define ATTUNE_FILL(name)                                                                          \
  table.activation[static_cast<int>(Activation::name)] = [](std::int64_t n, const T* x, T p, T q,  \
                                                            T* y) {                                \
    const name<T> f(p, q);                                                                         \
    map<T>(n, x, y, [&f](const Batch<T>& v) ATTUNE_INLINE_LAMBDA { return f.value(v); });          \
  };                                                                                               \
  table.activation_backward[static_cast<int>(Activation::name)] = [](std::int64_t n, const T* g,   \
                                                                     const T* x, T p, T q, T* y) { \
    const name<T> f(p, q);                                                                         \
    map_slope<T>(n, g, x, y, [&f](const Batch<T>& v) ATTUNE_INLINE_LAMBDA { return f.slope(v); }); \
  };
  ATTUNE_ACTIVATION_KERNELS(ATTUNE_FILL)
#undef ATTUNE_FILL
}

}  // namespace

void ATTUNE_UNIT_FUNCTION(Kernels& table) {
  fill(table.f32);
  fill(table.f64);
}

}  // namespace attune::internal
