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
#include <attune/entry_check.hpp>
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
  std::uint32_t role() const { return request_.role; }    // ATTUNE_ROLE_*
  std::uint32_t dtype() const { return request_.dtype; }  // ATTUNE_F32 or ATTUNE_F64
  std::string_view path() const { return request_.name; }

  // Draw number `draw` of element i: uniform in [0, 1), standard normal. Cheapest for ascending i
  // and at most four draws an element.
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
  // Consecutive elements of one draw, asked for at once.
  struct Block {
    int kind = -1;
    std::uint32_t draw = 0;
    std::int64_t first = 0, size = 0;
    std::array<double, 256> values;
  };

  // One block for each draw that an element takes in turn.
  Block& block_of(int kind, std::uint32_t draw) {
    for (Block& block : blocks_) {
      if (block.kind == kind && block.draw == draw) return block;
    }
    Block& block = blocks_[next_++ % blocks_.size()];
    block.kind = kind;
    block.draw = draw;
    block.size = 0;
    return block;
  }

  template <class Draw>
  [[gnu::visibility("hidden")]] double take(Draw generate, int kind, std::int64_t i,
                                            std::uint32_t draw) {
    Block& block = block_of(kind, draw);
    if (i < block.first || i >= block.first + block.size) {
      const auto most = static_cast<std::int64_t>(block.values.size());
      block.first = i;
      block.size = i < request_.count && request_.count - i < most ? request_.count - i : most;
      if (generate(request_.key, draw, block.first, block.size, block.values.data()) != ATTUNE_OK) {
        block.size = 0;
        throw std::runtime_error("the host's random numbers failed");
      }
    }
    return block.values[static_cast<std::size_t>(i - block.first)];
  }

  template <class T, class F>
  void set(T* data, F& f) {
    for (std::int64_t i = 0; i < request_.count; ++i) data[i] = static_cast<T>(f(i));
  }

  const attune_fill& request_;
  const attune_host& host_;
  std::array<Block, 4> blocks_;
  std::size_t next_ = 0;
};

#pragma GCC visibility push(hidden)
namespace internal {

template <class T>
concept Fills = requires(const T& initializer, Fill& target) {
  initializer.fill(target);
};
// Also one whose `fill` has other parameters, or is not const.
template <class T>
concept HasFill = Fills<T> || requires {
  &T::fill;
};

template <class I>
constexpr bool has_fill() {
  static_assert(Fills<I>, "attune: an initializer has `void fill(Fill& f) const`");
  return Fills<I>;
}

// True if a table can be made of I; else the compiler has said why.
template <class I>
constexpr bool is_initializer() {
  if constexpr (!is_plain_struct<I>()) {
    return false;
  } else if constexpr (!is_named<I>()) {
    return false;
  } else {
    return has_fill<I>();
  }
}

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
    attune_initializer result{};
    if constexpr (is_initializer<I>()) {
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
    }
    return result;
  }
  static constexpr attune_initializer table = make();
};

}  // namespace internal
#pragma GCC visibility pop

}  // namespace attune
