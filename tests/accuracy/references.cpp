// Every elementwise function of one operand that has a kernel, by the C library in a wider type. A
// kernel that is added to the table does not compile here before it has its line.
#include <cmath>
#include <numbers>
#include <type_traits>

#include "tests/accuracy/accuracy.hpp"

// glibc has these for two lanes and more, within 4 units of the last place of a double.
#if defined(__GLIBC__) && defined(__x86_64__) && !defined(__clang__)
#define ATTUNE_OF_LANES(name) \
  extern "C" __attribute__((simd("notinbranch"))) double name(double) noexcept;
ATTUNE_OF_LANES(exp)
ATTUNE_OF_LANES(expm1)
ATTUNE_OF_LANES(log)
ATTUNE_OF_LANES(log2)
ATTUNE_OF_LANES(log10)
ATTUNE_OF_LANES(log1p)
ATTUNE_OF_LANES(sin)
ATTUNE_OF_LANES(cos)
ATTUNE_OF_LANES(tan)
ATTUNE_OF_LANES(asin)
ATTUNE_OF_LANES(acos)
ATTUNE_OF_LANES(atan)
ATTUNE_OF_LANES(sinh)
ATTUNE_OF_LANES(cosh)
ATTUNE_OF_LANES(tanh)
ATTUNE_OF_LANES(asinh)
ATTUNE_OF_LANES(acosh)
ATTUNE_OF_LANES(atanh)
ATTUNE_OF_LANES(erf)
ATTUNE_OF_LANES(erfc)
#undef ATTUNE_OF_LANES
#endif

// The x87 functions reduce large arguments to 64 digits only, those of 113 digits do better.
#if defined(__GLIBC__) && defined(__x86_64__)
#define ATTUNE_QUADRUPLE
extern "C" __float128 sinf128(__float128) noexcept;
extern "C" __float128 cosf128(__float128) noexcept;
extern "C" __float128 tanf128(__float128) noexcept;
#endif

namespace attune::accuracy {
namespace {

using namespace internal;

double sin(double x) { return ::sin(x); }
double cos(double x) { return ::cos(x); }
double tan(double x) { return ::tan(x); }
#ifdef ATTUNE_QUADRUPLE
template <__float128 precise(__float128), class F>
long double reduced(F f, long double x) {
  return std::fabs(x) < 1000 ? f(x) : static_cast<long double>(precise(x));
}
long double sin(long double x) { return reduced<sinf128>(::sinl, x); }
long double cos(long double x) { return reduced<cosf128>(::cosl, x); }
long double tan(long double x) { return reduced<tanf128>(::tanl, x); }
#else
long double sin(long double x) { return ::sinl(x); }
long double cos(long double x) { return ::cosl(x); }
long double tan(long double x) { return ::tanl(x); }
#endif

template <class R>
R sigmoid(R x) {
  const R e = std::exp(-std::fabs(x));
  return (x < 0 ? e : R(1)) / (1 + e);
}
// log(1 + e^x)
template <class R>
R softplus(R x) {
  return std::log1p(std::exp(-std::fabs(x))) + (x > 0 ? x : R(0));
}
template <class R>
R normal_cdf(R x) {
  return std::erfc(-x * (std::numbers::sqrt2_v<R> / 2)) / 2;
}
template <class R>
R normal_density(R x) {
  return std::exp(-x * x / 2) * (std::numbers::inv_sqrtpi_v<R> / std::numbers::sqrt2_v<R>);
}
// Of functions that are x times something that vanishes: the limit at minus infinity is -0.
template <class R>
R not_infinite(R x) {
  return x < R(-1e4) ? R(-1e4) : x;
}
template <class R>
R finite(R x) {
  return x > R(1e4) ? R(1e4) : not_infinite(x);
}

template <Unary op, class R>
auto value(R x) {
  if constexpr (op == Unary::abs) return std::fabs(x);
  if constexpr (op == Unary::neg) return -x;
  if constexpr (op == Unary::sign) return x > 0 ? R(1) : x < 0 ? R(-1) : x + 0;
  if constexpr (op == Unary::reciprocal) return 1 / x;
  if constexpr (op == Unary::sqrt) return std::sqrt(x);
  if constexpr (op == Unary::rsqrt) return 1 / std::sqrt(x);
  if constexpr (op == Unary::square) return x * x;
  if constexpr (op == Unary::relu) return x <= 0 ? R(0) : x;
  if constexpr (op == Unary::floor) return std::floor(x);
  if constexpr (op == Unary::ceil) return std::ceil(x);
  if constexpr (op == Unary::round) return std::nearbyint(x);
  if constexpr (op == Unary::trunc) return std::trunc(x);
  if constexpr (op == Unary::exp) return std::exp(x);
  if constexpr (op == Unary::expm1) return std::expm1(x);
  if constexpr (op == Unary::log) return std::log(x);
  if constexpr (op == Unary::log1p) return std::log1p(x);
  if constexpr (op == Unary::log2) return std::log2(x);
  if constexpr (op == Unary::log10) return std::log10(x);
  if constexpr (op == Unary::sin) return sin(x);
  if constexpr (op == Unary::cos) return cos(x);
  if constexpr (op == Unary::tan) return tan(x);
  if constexpr (op == Unary::asin) return std::asin(x);
  if constexpr (op == Unary::acos) return std::acos(x);
  if constexpr (op == Unary::atan) return std::atan(x);
  if constexpr (op == Unary::sinh) return std::sinh(x);
  if constexpr (op == Unary::cosh) return std::cosh(x);
  if constexpr (op == Unary::tanh) return std::tanh(x);
  if constexpr (op == Unary::asinh) return std::asinh(x);
  if constexpr (op == Unary::acosh) return std::acosh(x);
  if constexpr (op == Unary::atanh) return std::atanh(x);
  if constexpr (op == Unary::sigmoid) return sigmoid(x);
  if constexpr (op == Unary::erf) return std::erf(x);
}

// leaky_relu's slope, elu's alpha; their other number is not read or 1.
template <Activation op>
constexpr double p_of = op == Activation::leaky_relu ? 0.125
                        : op == Activation::hardtanh ? -1
                                                     : 1;
template <Activation op>
constexpr double q_of = op == Activation::softplus ? 1e4 : 1;

template <class R>
R gelu_tanh_inner(R x) {  // twice what the tangent is taken of
  const R rate = 2 * std::numbers::sqrt2_v<R> * std::numbers::inv_sqrtpi_v<R>;
  return rate * (x + R(0.044715L) * x * x * x);
}
template <class R>
R gelu_tanh_rate(R x) {
  const R rate = 2 * std::numbers::sqrt2_v<R> * std::numbers::inv_sqrtpi_v<R>;
  return rate * (1 + 3 * R(0.044715L) * x * x);
}

template <Activation op, class R>
auto value(R x) {
  const R p = p_of<op>;
  if constexpr (op == Activation::leaky_relu) return x > 0 ? x : p * x;
  if constexpr (op == Activation::elu) return x > 0 ? x : std::expm1(x);
  if constexpr (op == Activation::gelu) return not_infinite(x) * normal_cdf(x);
  if constexpr (op == Activation::gelu_tanh)
    return not_infinite(x) * sigmoid(gelu_tanh_inner(not_infinite(x)));
  if constexpr (op == Activation::silu) return not_infinite(x) * sigmoid(x);
  if constexpr (op == Activation::mish) {
    const R e = std::exp(x > 40 ? R(40) : x), n = e * (e + 2);
    return not_infinite(x) * (n / (n + 2));
  }
  if constexpr (op == Activation::softplus) return softplus(x);
  if constexpr (op == Activation::softsign) return x / (1 + std::fabs(x));
  if constexpr (op == Activation::hardtanh) return x < -1 ? R(-1) : x > 1 ? R(1) : x;
  if constexpr (op == Activation::hardsigmoid) return (x < -3 ? R(0) : x > 3 ? R(6) : x + 3) / 6;
  if constexpr (op == Activation::hardswish)
    return x * ((x < -3 ? R(0) : x > 3 ? R(6) : x + 3) / 6);
  if constexpr (op == Activation::log_sigmoid) return -softplus(-x);
}

template <Activation op, class R>
auto slope(R x) {
  const R p = p_of<op>;
  if constexpr (op == Activation::leaky_relu) return x > 0 ? R(1) : p;
  if constexpr (op == Activation::elu) return x > 0 ? R(1) : std::exp(x);
  if constexpr (op == Activation::gelu) return normal_cdf(x) + finite(x) * normal_density(x);
  if constexpr (op == Activation::gelu_tanh) {
    const R near = finite(x), s = sigmoid(gelu_tanh_inner(near));
    return s * (1 + near * gelu_tanh_rate(near) * sigmoid(-gelu_tanh_inner(near)));
  }
  if constexpr (op == Activation::silu) return sigmoid(x) * (1 + finite(x) * sigmoid(-x));
  if constexpr (op == Activation::mish) {
    const R near = x > 40 ? R(40) : not_infinite(x), e = std::exp(near), n = e * (e + 2);
    return n / (n + 2) + 4 * near * e * (e + 1) / ((n + 2) * (n + 2));
  }
  if constexpr (op == Activation::softplus) return sigmoid(x);
  if constexpr (op == Activation::softsign) return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x)));
  if constexpr (op == Activation::hardtanh) return x > -1 && x < 1 ? R(1) : R(0);
  if constexpr (op == Activation::hardsigmoid) return x > -3 && x < 3 ? R(1) / 6 : R(0);
  if constexpr (op == Activation::hardswish)
    return x > -3 ? (x < 3 ? x / 3 + R(0.5L) : R(1)) : R(0);
  if constexpr (op == Activation::log_sigmoid) return sigmoid(-x);
}

template <Binary op, class R>
auto value(R a, R b) {
  if constexpr (op == Binary::pow) return std::pow(a, b);
  if constexpr (op == Binary::atan2) return std::atan2(a, b);
  if constexpr (op == Binary::hypot) return std::hypot(a, b);
}

template <class T, class Wide, Wide (*f)(Wide)>
void loop(std::int64_t n, const T* a, const T*, Wide* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = f(static_cast<Wide>(a[i]));
}

template <class T, class Wide, Wide (*f)(Wide, Wide)>
void loop_of_two(std::int64_t n, const T* a, const T* b, Wide* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = f(static_cast<Wide>(a[i]), static_cast<Wide>(b[i]));
}

template <class T, Unary op>
void kernel(const KernelsOf<T>& table, std::int64_t n, const T* a, const T*, T* y) {
  table.of(op)(n, a, y);
}
template <class T, Activation op>
void kernel(const KernelsOf<T>& table, std::int64_t n, const T* a, const T*, T* y) {
  table.of(op)(n, a, T(p_of<op>), T(q_of<op>), y);
}
// The second operand is the gradient that arrives, which is 1.
template <class T, Activation op>
void slope_kernel(const KernelsOf<T>& table, std::int64_t n, const T* a, const T* b, T* y) {
  table.backward_of(op)(n, b, a, T(p_of<op>), T(q_of<op>), y);
}
template <class T, Binary op>
void kernel_of_two(const KernelsOf<T>& table, std::int64_t n, const T* a, const T* b, T* y) {
  table.of(op)(n, a, 1, b, 1, y);
}

template <Unary op>
void append(const char* name, std::vector<Function>& all) {
  all.push_back({name, 1, kernel<float, op>, kernel<double, op>,
                 loop<float, double, value<op, double>>,
                 loop<double, long double, value<op, long double>>});
}

template <Activation op>
void append(const char* name, std::vector<Function>& all) {
  all.push_back({name, 1, kernel<float, op>, kernel<double, op>,
                 loop<float, double, value<op, double>>,
                 loop<double, long double, value<op, long double>>});
  all.push_back({std::string(name) + "'", 1, slope_kernel<float, op>, slope_kernel<double, op>,
                 loop<float, double, slope<op, double>>,
                 loop<double, long double, slope<op, long double>>, 8, 0.125});
}

// Only those that are no plain arithmetic.
template <Binary op>
void append(const char* name, std::vector<Function>& all) {
  if constexpr (!std::is_void_v<decltype(value<op>(1.0, 1.0))>)
    all.push_back({name, 2, kernel_of_two<float, op>, kernel_of_two<double, op>,
                   loop_of_two<float, double, value<op, double>>,
                   loop_of_two<double, long double, value<op, long double>>});
}

}  // namespace

const std::vector<Function>& functions() {
  static const std::vector<Function> all = [] {
    std::vector<Function> list;
#define ATTUNE_APPEND(name) append<Unary::name>(#name, list);
    ATTUNE_UNARY_KERNELS(ATTUNE_APPEND)
#undef ATTUNE_APPEND
#define ATTUNE_APPEND(name) append<Activation::name>(#name, list);
    ATTUNE_ACTIVATION_KERNELS(ATTUNE_APPEND)
#undef ATTUNE_APPEND
#define ATTUNE_APPEND(name) append<Binary::name>(#name, list);
    ATTUNE_BINARY_KERNELS(ATTUNE_APPEND)
#undef ATTUNE_APPEND
    return list;
  }();
  return all;
}

}  // namespace attune::accuracy
