// Initializers: where a parameter starts. An initializer is a struct: its fields are the options
// and `fill` sets one parameter. Draws are keyed by element and come from the host: a seed gives
// the same bits on every machine, in any order of elements.
//
// Layer: core.
//
//   struct LecunUniform {
//     static constexpr auto name = "lecun_uniform", cite = "LeCun et al. 1998, section 4.6";
//     Real gain{1, log_range(0.1, 10), "factor on the standard deviation"};
//     void fill(Fill& f) const {
//       const double bound = gain * std::sqrt(3 / f.fan_in());
//       f.each([&](std::int64_t i) { return bound * (2 * f.uniform(i) - 1); });
//     }
//   };
//
// Used if they are there: `static constexpr unsigned version`, `static constexpr std::uint64_t
// roles`, `void validate() const`. Anything may throw; the host names initializer and parameter.
#pragma once

#include <array>
#include <attune/option.hpp>
#include <attune/plugin_guard.hpp>
#include <span>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace attune {

// One parameter to be set. Not thread-safe; lives during the call of `fill`.
class Fill {
 public:
  Fill(const attune_fill& request, const attune_host& host) : request_(request), host_(host) {}

  std::span<const std::int64_t> shape() const { return {request_.shape, request_.rank}; }
  std::int64_t count() const { return request_.count; }
  double fan_in() const { return static_cast<double>(request_.fan_in); }
  double fan_out() const { return static_cast<double>(request_.fan_out); }
  std::uint32_t role() const { return request_.role; }  // ATTUNE_ROLE_*
  std::string_view path() const { return request_.name; }

  // Draw number `draw` of element i: uniform in [0, 1), standard normal. Cheapest for ascending i.
  double uniform(std::int64_t i, std::uint32_t draw = 0) { return take(host_.uniform, 0, i, draw); }
  double normal(std::int64_t i, std::uint32_t draw = 0) { return take(host_.normal, 1, i, draw); }

  // Sets every element i, in row-major order, to f(i), rounded to the parameter's dtype.
  template <class F>
  [[gnu::visibility("hidden")]] void each(F&& f) {
    if (request_.dtype == ATTUNE_F32) {
      set(static_cast<float*>(request_.data), f);
    } else if (request_.dtype == ATTUNE_F64) {
      set(static_cast<double*>(request_.data), f);
    } else {
      throw std::invalid_argument("takes parameters of dtype f32 and f64 only");
    }
  }

  // Replaces the row-major rows x columns matrix a (rows >= columns) by the orthonormal factor of
  // its QR decomposition whose other factor has a non-negative diagonal.
  void orthonormalize(std::int64_t rows, std::int64_t columns, double* a) const {
    if (host_.qr == nullptr) throw std::runtime_error("the host offers no QR decomposition");
    if (host_.qr(ATTUNE_F64, rows, columns, a) != ATTUNE_OK) {
      throw std::runtime_error("the QR decomposition failed");
    }
  }

 private:
  static constexpr std::int64_t block = 256;

  template <class Draw>
  [[gnu::visibility("hidden")]] double take(Draw generate, int kind, std::int64_t i,
                                            std::uint32_t draw) {
    const bool held = kind == kind_ && draw == draw_ && i >= first_ && i < first_ + size_;
    if (!held) {
      kind_ = kind;
      draw_ = draw;
      first_ = i;
      size_ = i < request_.count && request_.count - i < block ? request_.count - i : block;
      if (generate(request_.key, draw, first_, size_, values_.data()) != ATTUNE_OK) {
        throw std::runtime_error("the host's random numbers failed");
      }
    }
    return values_[static_cast<std::size_t>(i - first_)];
  }

  template <class T, class F>
  void set(T* data, F& f) {
    for (std::int64_t i = 0; i < request_.count; ++i) data[i] = static_cast<T>(f(i));
  }

  const attune_fill& request_;
  const attune_host& host_;
  int kind_ = -1;
  std::uint32_t draw_ = 0;
  std::int64_t first_ = 0, size_ = 0;
  std::array<double, block> values_{};
};

#pragma GCC visibility push(hidden)
namespace internal {

template <class I>
struct InitializerTable {
  static std::int32_t validate(const double* options) noexcept {
    return guard<I>([&] {
      const I initializer = Options<I>::with(options);
      if constexpr (requires { initializer.validate(); }) initializer.validate();
    });
  }

  static std::int32_t fill(const attune_fill* request) noexcept {
    return guard<I>([&] {
      const I initializer = Options<I>::with(request->options);
      Fill target(*request, *HostOf<I>::host);
      initializer.fill(target);
    });
  }

  static constexpr attune_initializer make() {
    static_assert(
        requires {
          I::name;
          I::cite;
        },
        "attune: an initializer has `static constexpr auto name = \"...\", cite ="
        " \"...\";`, by which it is asked for and where its formula stands");
    attune_initializer result{};
    result.struct_size = sizeof(attune_initializer);
    result.version = 1;
    if constexpr (requires { I::version; }) result.version = I::version;
    result.name = I::name;
    result.cite = I::cite;
    if constexpr (requires { I::roles; }) result.roles = I::roles;
    result.n_options = Options<I>::count;
    result.options = Options<I>::pointers.data();
    result.validate = &validate;
    result.fill = &fill;
    return result;
  }
  static constexpr attune_initializer table = make();
};

}  // namespace internal
#pragma GCC visibility pop

}  // namespace attune
