// The table of services for rules and initializers.
#include "core/host.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "core/fail.hpp"
#include "core/kernels.hpp"
#include "core/linalg.hpp"
#include "core/random.hpp"

namespace attune::internal {
namespace {

thread_local std::string failure;
constinit thread_local ScalarSink* sink = nullptr;
constinit thread_local LegacyDraws* legacy = nullptr;

// What the host can do today. A rule that needs more is refused by name.
constexpr std::uint64_t offers = [] {
  std::uint64_t bits = 0;
  for (int need :
       {ATTUNE_NEED_ELEMENTWISE, ATTUNE_NEED_STEP_SCALARS, ATTUNE_NEED_STATE_INIT,
        ATTUNE_NEED_ROLES, ATTUNE_NEED_DECAY_MODES, ATTUNE_NEED_SCHEDULE, ATTUNE_NEED_RANDOM,
        ATTUNE_NEED_TENSOR_STEPS, ATTUNE_NEED_FINITE, ATTUNE_NEED_MAXIMIZE,
        ATTUNE_NEED_ACCUMULATION, ATTUNE_NEED_SLICES, ATTUNE_NEED_DETERMINISM}) {
    bits |= ATTUNE_NEED(need);
  }
  return bits;
}();

constexpr std::array need_names = {"",
                                   "elementwise updates",
                                   "scalars per step",
                                   "initial states",
                                   "sums per tensor",
                                   "sums over all tensors",
                                   "whole matrices",
                                   "roles",
                                   "re-evaluation of the loss",
                                   "the value of the loss",
                                   "evaluation weights",
                                   "an inner optimizer",
                                   "decay modes",
                                   "schedules",
                                   "history",
                                   "Hessian-vector products",
                                   "random numbers",
                                   "states of another dtype",
                                   "sparse gradients",
                                   "steps counted per tensor",
                                   "skipping of non-finite gradients",
                                   "maximization",
                                   "gradient accumulation",
                                   "state slices",
                                   "determinism",
                                   "updates inside backward",
                                   "published figures",
                                   "an opaque blob",
                                   "inputs of layers",
                                   "updates of all parameters at once"};

// No exception may cross into a plugin.
template <class F>
std::int32_t guarded(F&& f) noexcept {
  try {
    f();
    return ATTUNE_OK;
  } catch (const std::exception& error) {
    failure = error.what();
    return ATTUNE_E_INVALID;
  }
}

template <class T>
void product(int transpose_a, int transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
             double alpha, const T* a, const T* b, double beta, T* c) {
  std::vector<T> result(static_cast<std::size_t>(m * n));
  const Gemm<T> gemm{m,
                     n,
                     k,
                     a,
                     transpose_a ? 1 : k,
                     transpose_a ? m : 1,
                     b,
                     transpose_b ? 1 : n,
                     transpose_b ? k : 1,
                     result.data(),
                     n,
                     nullptr,
                     false};
  kernels().of<T>().gemm(gemm);
  for (std::int64_t i = 0; i < m * n; ++i) {
    const T old = beta == 0 ? T(0) : static_cast<T>(beta) * c[i];
    c[i] = static_cast<T>(alpha) * result[static_cast<std::size_t>(i)] + old;
  }
}

// Calls f with pointers of the element type that `dtype` names.
template <class F>
std::int32_t by_dtype(std::uint32_t dtype, F&& f) noexcept {
  if (dtype == ATTUNE_F32) return guarded([&] { f(float{}); });
  if (dtype == ATTUNE_F64) return guarded([&] { f(double{}); });
  failure = "linear algebra takes f32 and f64 only";
  return ATTUNE_E_UNSUPPORTED;
}

}  // namespace

struct HostCalls {
  static void fail(const char* text) { failure = text ? text : ""; }

  static void log_scalar(const char* name, std::uint64_t tensor, double value) {
    if (sink) sink->receive_(sink->context_, name, tensor, value);
  }

  template <class F>
  static std::int32_t draws(attune_key key, std::uint32_t number, std::int64_t first,
                            std::int64_t count, double* out, F&& value) {
    return guarded([&] {
      const Draw draw = draw_of({.seed = key.seed, .stream = key.stream, .counter = number});
      for (std::int64_t i = 0; i < count; ++i) {
        out[i] = value(random_bits(draw, static_cast<std::uint64_t>(first + i)));
      }
    });
  }
  static std::int32_t draws_in_order(std::uint32_t number, std::int64_t first, std::int64_t count,
                                     double* out, double (NumpyLegacy::*value)()) {
    if (number != 0 || first != legacy->next_) {
      legacy->refused_ = true;
      return ATTUNE_E_UNSUPPORTED;
    }
    legacy->next_ += count;
    return guarded([&] {
      for (std::int64_t i = 0; i < count; ++i) out[i] = (legacy->generator_.*value)();
    });
  }
  static std::int32_t uniform(attune_key key, std::uint32_t draw, std::int64_t first,
                              std::int64_t count, double* out) {
    if (legacy) return draws_in_order(draw, first, count, out, &NumpyLegacy::random_sample);
    return draws(key, draw, first, count, out, unit);
  }
  static std::int32_t normal(attune_key key, std::uint32_t draw, std::int64_t first,
                             std::int64_t count, double* out) {
    if (legacy) return draws_in_order(draw, first, count, out, &NumpyLegacy::randn);
    return draws(key, draw, first, count, out,
                 [](std::uint64_t bits) { return normal_quantile(open_unit(bits)); });
  }

  static std::int32_t gemm(std::uint32_t dtype, int transpose_a, int transpose_b, std::int64_t m,
                           std::int64_t n, std::int64_t k, double alpha, const void* a,
                           const void* b, double beta, void* c) {
    return by_dtype(dtype, [&](auto zero) {
      using T = decltype(zero);
      product(transpose_a, transpose_b, m, n, k, alpha, static_cast<const T*>(a),
              static_cast<const T*>(b), beta, static_cast<T*>(c));
    });
  }
  static std::int32_t qr(std::uint32_t dtype, std::int64_t m, std::int64_t n, void* a) {
    return by_dtype(dtype, [&](auto zero) {
      using T = decltype(zero);
      T* const matrix = static_cast<T*>(a);
      std::vector<double> wide(matrix, matrix + m * n);
      orthonormal_factor(m, n, wide.data());
      for (std::size_t i = 0; i < wide.size(); ++i) matrix[i] = static_cast<T>(wide[i]);
    });
  }
};

ScalarSink::ScalarSink(Receive receive, void* context) noexcept
    : receive_(receive), context_(context), outer_(sink) {
  sink = this;
}
ScalarSink::~ScalarSink() { sink = outer_; }

LegacyDraws::LegacyDraws(NumpyLegacy& generator) noexcept : generator_(generator), outer_(legacy) {
  legacy = this;
}
LegacyDraws::~LegacyDraws() { legacy = outer_; }

const attune_host* plugin_host() noexcept {
  static constexpr attune_host table = [] {
    attune_host host{};
    host.struct_size = sizeof(attune_host);
    host.abi_major = ATTUNE_ABI_MAJOR;
    host.abi_minor = ATTUNE_ABI_MINOR;
    host.offers = offers;
    host.fail = HostCalls::fail;
    host.log_scalar = HostCalls::log_scalar;
    host.uniform = HostCalls::uniform;
    host.normal = HostCalls::normal;
    host.gemm = HostCalls::gemm;
    host.qr = HostCalls::qr;
    return host;
  }();
  return &table;
}

std::string take_failure() { return std::exchange(failure, {}); }

std::int32_t caught_from_plugin() noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of unknown type";
  }
  return ATTUNE_E_INTERNAL;
}

void fail_plugin(std::string_view who, std::int32_t code) {
  const std::string text = take_failure();
  const ErrorKind kind = code == ATTUNE_E_INVALID   ? ErrorKind::value
                         : code == ATTUNE_E_NUMERIC ? ErrorKind::numeric
                         : code == ATTUNE_E_MEMORY  ? ErrorKind::memory
                                                    : ErrorKind::plugin;
  internal::fail(kind, who, "{}", text.empty() ? fmt::format("failed with code {}", code) : text);
}

void refuse_float_control(std::string_view who) {
  internal::fail(
      ErrorKind::plugin, who,
      "it changed the floating-point control word of the thread (it was put back): leave "
      "rounding, precision and subnormal numbers alone");
}

std::string from_plugin(std::string_view origin) {
  const bool own = origin == "attune" || origin == "this program";
  return own ? std::string() : fmt::format(" ({})", origin);
}

std::string unmet_needs(std::uint64_t needs) {
  std::string text;
  for (std::size_t need = 1; need < 64; ++need) {
    if ((needs & ~offers & ATTUNE_NEED(need)) == 0) continue;
    if (!text.empty()) text += ", ";
    text += need < need_names.size() ? need_names[need] : fmt::format("need number {}", need);
  }
  return text;
}

}  // namespace attune::internal
