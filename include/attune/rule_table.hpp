// Makes the C table of an update rule from its struct. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <attune/plugin_guard.hpp>
#include <attune/rule.hpp>
#include <attune/rule_calls.hpp>
#include <attune/rule_check.hpp>
#include <attune/rule_loop.hpp>
#include <limits>
#include <type_traits>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

template <class R>
struct RuleTable {
  using Calls = RuleCalls<R>;
  template <class V>
  using State = typename StateOf<R>::template State<V>;
  template <class V>
  using Sums = typename SumsOf<R>::template Sums<V>;
  using Saved = typename SavedOf<R>::Saved;

  // Some of its states are not always active.
  static constexpr bool may_lack = requires(const R& rule) { rule.active(std::string_view{}); };

  static constexpr std::size_t n_states = reflect::count<State<double>>();
  static constexpr std::size_t n_saved = reflect::count<Saved>();
  static constexpr std::size_t n_sums = reflect::count<Sums<double>>();

  // Calls f with a value of the chunk's element type.
  template <class F>
  static std::int32_t by_dtype(const attune_chunk* chunk, F&& f) noexcept {
    if (chunk->dtype == ATTUNE_F32) return guard<R>([&] { f(float{}); });
    if (chunk->dtype == ATTUNE_F64) return guard<R>([&] { f(double{}); });
    HostOf<R>::host->fail("takes parameters of dtype f32 and f64 only");
    return ATTUNE_E_UNSUPPORTED;
  }

  static std::int32_t validate(const double* options) noexcept {
    return guard<R>([&] {
      const R rule = Options<R>::with(options);
      if constexpr (requires { rule.validate(); }) rule.validate();
    });
  }

  static std::int32_t state_active(const double* options, std::uint32_t state,
                                   std::uint32_t* active) noexcept {
    return guard<R>([&] {
      if constexpr (may_lack) {
        *active = Options<R>::with(options).active(states[state].name) ? 1 : 0;
      } else {
        *active = 1;
      }
    });
  }

  static std::int32_t prepare(const attune_step* step, void* scratch) noexcept {
    return guard<R>([&] { KeptAt<R>::make(scratch, *step, &Calls::at); });
  }

  static std::int32_t update(const void* scratch, const attune_chunk* chunk) noexcept {
    return by_dtype(chunk, [&](auto zero) {
      const auto kernel = KeptAt<R>::at(scratch);
      for_batches<decltype(zero), State, LoopKind{Writes::all, may_lack}>(
          *chunk, [kernel, chunk](auto& p, auto g, auto& s, std::int64_t i, std::size_t) {
            if constexpr (takes_place<decltype(kernel), decltype(g),
                                      std::remove_cvref_t<decltype(s)>>) {
              kernel(p, g, s, Place<decltype(g)>(*chunk, i, *HostOf<R>::host));
            } else {
              kernel(p, g, s);
            }
          });
    });
  }

  static std::int32_t prepare_reduce(const attune_step* step, void* scratch) noexcept {
    return guard<R>([&] { KeptReduce<R>::make(scratch, *step, &Calls::reduce); });
  }

  // Every batch is summed lane by lane in double, in order; lanes beyond a tail are left out.
  static std::int32_t reduce(const void* scratch, const attune_chunk* chunk,
                             double* sums) noexcept {
    return by_dtype(chunk, [&](auto zero) {
      using T = decltype(zero);
      const auto kernel = KeptReduce<R>::at(scratch);
      for_batches<T, State, LoopKind{Writes::states, may_lack}>(
          *chunk, [=](auto& p, auto g, auto& s, std::int64_t, std::size_t lanes) {
            using V = std::remove_cvref_t<decltype(p)>;
            Sums<V> batch_sums{};
            [&]<std::size_t... I>(std::index_sequence<I...>) {
              ((reflect::field<I>(batch_sums) = V(T(0))), ...);
              kernel(std::as_const(p), g, s, batch_sums);
              (add_lanes<T>(reflect::field<I>(batch_sums), lanes, sums[I]), ...);
            }
            (std::make_index_sequence<n_sums>{});
          });
    });
  }

  template <class T, class V>
  static void add_lanes(const V& batch, std::size_t lanes, double& sum) {
    alignas(V) T buffer[V::size];
    batch.store_aligned(buffer);
    double batch_sum = 0;
    for (std::size_t k = 0; k < lanes; ++k) batch_sum += static_cast<double>(buffer[k]);
    sum += batch_sum;
  }

  static std::int32_t combine(const attune_step* step) noexcept {
    return guard<R>([&] {
      Calls::with(Options<R>::with(step->options), *step, [&](const R& rule, auto&&... rest) {
        rule.combine(rest..., from_array<Sums<double>>(step->sums));
      });
    });
  }

  static std::int32_t matrix(const attune_step* step, const attune_param* param) noexcept {
    return guard<R>([&] {
      Calls::with(Options<R>::with(step->options), *step,
                  [&](const R& rule, auto&&... rest) { rule.matrix(rest..., *param); });
    });
  }

  static std::int32_t eval_view(const attune_step* step, const attune_chunk* chunk,
                                void* out) noexcept {
    return by_dtype(chunk, [&](auto zero) {
      using T = decltype(zero);
      const R rule = Options<R>::with(step->options);
      const auto kernel = Calls::with(
          rule, *step, [](const R& self, auto&&... rest) { return self.eval(rest...); });
      attune_chunk copy = *chunk;  // the loop writes p, so it works on a copy of the values
      std::memmove(out, chunk->value, static_cast<std::size_t>(chunk->count) * sizeof(T));
      copy.value = out;
      copy.gradient = nullptr;
      for_batches<T, State, LoopKind{Writes::value, may_lack}>(
          copy, [kernel](auto& p, auto, auto& s, std::int64_t, std::size_t) {
            p = kernel(std::as_const(p), std::as_const(s));
          });
    });
  }

  static constexpr auto describe_state(const char* name) {
    Start start;
    if constexpr (requires { R::start(std::string_view{}); }) start = R::start(name);
    const bool is_option = start.kind == ATTUNE_INIT_OPTION;
    return attune_state{sizeof(attune_state),
                        ATTUNE_SHAPE_PARAM,
                        ATTUNE_AS_PARAM,
                        start.kind,
                        name,
                        start.number,
                        is_option ? Options<R>::index(start.name) : 0,
                        0};
  }
  template <std::size_t... I>
  static constexpr auto describe_states(std::index_sequence<I...>) {
    return std::array<attune_state, n_states>{
        describe_state(Name<State<double>, I>::text.data())...};
  }
  static constexpr auto states = describe_states(std::make_index_sequence<n_states>{});
  static constexpr auto state_pointers = pointers_to(states);

  template <std::size_t... I>
  static constexpr auto describe_saved(std::index_sequence<I...>) {
    [[maybe_unused]] constexpr Saved start{};
    return std::array<attune_scalar, n_saved>{attune_scalar{
        sizeof(attune_scalar), 0, Name<Saved, I>::text.data(), reflect::field<I>(start)}...};
  }
  static constexpr auto saved = describe_saved(std::make_index_sequence<n_saved>{});
  static constexpr auto saved_pointers = pointers_to(saved);

  static constexpr std::uint64_t needs() {
    std::uint64_t bits = 0;
    if constexpr (requires { R::needs; }) bits |= R::needs;
    if constexpr (HasMatrix<R>) {
      bits |= ATTUNE_NEED(ATTUNE_NEED_MATRIX);
    } else {
      bits |= ATTUNE_NEED(ATTUNE_NEED_ELEMENTWISE) | ATTUNE_NEED(ATTUNE_NEED_STEP_SCALARS);
      using V = xsimd::batch<float>;
      if constexpr (takes_place<UpdateOf<R>, V, State<V>>) bits |= ATTUNE_NEED(ATTUNE_NEED_RANDOM);
    }
    if constexpr (HasEval<R>) bits |= ATTUNE_NEED(ATTUNE_NEED_EVAL_VIEW);
    if constexpr (HasSums<R>) {
      bool per_tensor = false;
      if constexpr (requires { R::sums_per_tensor; }) per_tensor = R::sums_per_tensor;
      bits |= ATTUNE_NEED(per_tensor ? ATTUNE_NEED_TENSOR_SUMS : ATTUNE_NEED_GLOBAL_SUMS);
    }
    for (const attune_state& state : states) {
      if (state.init != ATTUNE_INIT_CONSTANT) bits |= ATTUNE_NEED(ATTUNE_NEED_STATE_INIT);
    }
    return bits;
  }

  static constexpr attune_rule make() {
    attune_rule rule{};
    rule.struct_size = sizeof(attune_rule);
    rule.version = 1;
    if constexpr (requires { R::version; }) rule.version = R::version;
    rule.name = R::name;
    rule.cite = R::cite;
    rule.needs = needs();
    if constexpr (requires { R::roles; }) rule.roles = R::roles;
    rule.chunk_multiple = 1;
    rule.n_options = Options<R>::count;
    rule.n_states = n_states;
    rule.n_saved = n_saved;
    rule.n_sums = n_sums;
    constexpr Scratch scratch = scratch_of<R>();
    rule.step_bytes = scratch.bytes;
    rule.step_align = scratch.align;
    rule.options = Options<R>::pointers.data();
    rule.states = state_pointers.data();
    rule.saved = saved_pointers.data();
    rule.validate = &validate;
    rule.state_active = &state_active;
    if constexpr (HasMatrix<R>) {
      rule.matrix = &matrix;
    } else {
      rule.prepare = &prepare;
      rule.update = &update;
    }
    if constexpr (HasSums<R>) {
      rule.prepare_reduce = &prepare_reduce;
      rule.reduce = &reduce;
      if constexpr (requires { &R::combine; }) rule.combine = &combine;
    }
    if constexpr (HasEval<R>) rule.eval_view = &eval_view;
    return rule;
  }
  static constexpr attune_rule table = make();
};

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
