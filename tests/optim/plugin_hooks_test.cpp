// What a rule may have beyond `at`, and what a plugin does when its code throws: small rules and an
// initializer written here, called through the C table that ATTUNE_PLUGIN would export.
#include <attune/plugin.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <new>
#include <stdexcept>

#include "tests/optim/tiny_host.hpp"

using namespace attune;

namespace {

// p -= lr |p| / |g| g: the norms are sums over the tensor.
struct Trust {
  static constexpr auto name = "trust",
                        cite = "You et al. 2017, arXiv:1708.03888, without momentum";
  static constexpr bool sums_per_tensor = true;
  static constexpr unsigned version = 3;
  Real lr{0.5, log_range(1e-3, 1), "step size"};

  template <class V>
  struct Sums {
    V p, g;
  };

  auto reduce(const Step&) const {
    return [](auto p, auto g, auto&, auto& sums) {
      sums.p += p * p;
      sums.g += g * g;
    };
  }
  auto at(const Step&, const Sums<double>& sums) const {
    const double size = lr * std::sqrt(sums.p / sums.g);
    return [size](auto& p, auto g, auto&) { p -= size * g; };
  }
};

// Saved scalars that the sums move, a state that starts at the parameter, another at an option's
// value, an evaluation view halfway to the start.
struct Anchored {
  static constexpr auto name = "anchored", cite = "made up for this test";
  Real lr{0.25, log_range(1e-3, 1), "step size"};
  Real pace{3, range(1, 5), "start of the second state"};

  template <class V>
  struct State {
    V anchor, pace;
  };
  template <class V>
  struct Sums {
    V distance;
  };
  struct Saved {
    double largest = -1, steps = 10;
  };

  static constexpr Start start(std::string_view state) {
    return state == "anchor" ? Start::parameter() : Start::option("pace");
  }
  auto reduce(const Step&, const Saved&) const {
    return [](auto p, auto, auto& s, auto& sums) {
      sums.distance += abs(p - s.anchor);
      s.pace = s.pace + 1;
    };
  }
  void combine(const Step&, Saved& saved, const Sums<double>& sums) const {
    saved.largest = std::max(saved.largest, sums.distance);
  }
  auto at(const Step&, Saved& saved) const {
    saved.steps += 1;
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
  auto eval(const Step&, const Saved&) const {
    return [](auto p, const auto& s) { return 0.5 * (p + s.anchor); };
  }
};

struct Thrower {
  static constexpr auto name = "thrower", cite = "made up for this test";
  Real lr{1, log_range(1e-3, 1), "step size"};
  Int kind{0, range(0, 3), "what is thrown"};

  auto at(const Step&) const {
    if (kind == 1) throw std::runtime_error("the moon is full");
    if (kind == 2) throw std::bad_alloc();
    if (kind == 3) throw 7;
    return [*this](auto& p, auto g, auto&) { p -= lr * g; };
  }
};

// One whole tensor: every row is moved by the mean of its gradient.
struct Rows {
  static constexpr auto name = "rows", cite = "made up for this test";
  Real lr{1, log_range(1e-3, 1), "step size"};

  void matrix(const Step&, const attune_param& param) const {
    if (param.rank != 2) throw std::invalid_argument("takes matrices; give others to adamw");
    auto* p = static_cast<double*>(param.value);
    const auto* g = static_cast<const double*>(param.gradient);
    for (std::int64_t i = 0; i < param.shape[0]; ++i, p += param.shape[1], g += param.shape[1]) {
      double mean = 0;
      for (std::int64_t j = 0; j < param.shape[1]; ++j) mean += g[j];
      mean /= static_cast<double>(param.shape[1]);
      for (std::int64_t j = 0; j < param.shape[1]; ++j) p[j] -= lr * mean;
    }
  }
};

// Draws for each element; biases are left alone.
struct Noise {
  static constexpr auto name = "noise", cite = "Welling & Teh 2011, without the gradient";
  Real lr{1, log_range(1e-3, 1), "step size"};

  auto at(const Step&) const {
    return [*this](auto& p, auto, auto&, const auto& place) {
      if (place.tensor().role != ATTUNE_ROLE_BIAS) p += lr * (place.uniform() - place.normal(3));
    };
  }
};

struct Ramp {
  static constexpr auto name = "ramp", cite = "made up for this test";
  Real low{-1, range(-10, 10), "least"};
  Bool doubled{false, "three draws"};
  Choice mode{{"plain", "negated"}, "sign"};

  void fill(Fill& f) const {
    if (f.dtype() != ATTUNE_F32 && f.dtype() != ATTUNE_F64) throw std::invalid_argument("dtype");
    f.each([&](std::int64_t i) {
      const double x = low + f.uniform(i) + (doubled ? f.uniform(i, 1) - f.normal(i) : 0.0);
      return mode == "negated" ? -x : x;
    });
  }
};

const attune_plugin& plugin() {
  return *internal::PluginTable<Trust, Ramp, Anchored, Thrower, Rows, Noise>::enter(&tiny::host());
}
const attune_rule& rule(std::string_view name) {
  for (std::uint32_t i = 0; i < plugin().n_rules; ++i) {
    if (name == plugin().rules[i]->name) return *plugin().rules[i];
  }
  throw std::out_of_range("no such rule");
}

template <class T>
std::vector<T> filled(std::vector<double> options, std::size_t n) {
  const std::int64_t shape[] = {static_cast<std::int64_t>(n)};
  std::vector<T> data(n, T(-99));
  attune_fill request{};
  request.struct_size = sizeof request;
  request.name = "weight";
  request.dtype = tiny::dtype_of<T>;
  request.rank = 1;
  request.shape = shape;
  request.count = shape[0];
  request.data = data.data();
  request.options = options.data();
  request.key = {3, 5};
  BOOST_TEST(plugin().initializers[0]->fill(&request) == ATTUNE_OK);
  return data;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_hooks_test)

BOOST_AUTO_TEST_CASE(a_plugin_lists_rules_and_initializers_in_order) {
  BOOST_TEST(plugin().abi_major == ATTUNE_ABI_MAJOR);
  BOOST_TEST(plugin().n_rules == 5u);
  BOOST_TEST(plugin().n_initializers == 1u);
  BOOST_TEST(plugin().rules[1]->name == std::string("anchored"));
  BOOST_TEST(plugin().initializers[0]->name == std::string("ramp"));
  BOOST_TEST(rule("trust").version == 3u);
  BOOST_TEST(rule("rows").version == 1u);
}

BOOST_AUTO_TEST_CASE(needs_follow_from_what_a_rule_has) {
  const auto has = [](std::string_view name, int bit) {
    return (rule(name).needs & ATTUNE_NEED(bit)) != 0;
  };
  BOOST_TEST(has("trust", ATTUNE_NEED_TENSOR_SUMS));
  BOOST_TEST(!has("trust", ATTUNE_NEED_GLOBAL_SUMS));
  BOOST_TEST(has("anchored", ATTUNE_NEED_GLOBAL_SUMS));
  BOOST_TEST(has("anchored", ATTUNE_NEED_EVAL_VIEW));
  BOOST_TEST(has("anchored", ATTUNE_NEED_STATE_INIT));
  BOOST_TEST(!has("thrower", ATTUNE_NEED_STATE_INIT));
  BOOST_TEST(has("rows", ATTUNE_NEED_MATRIX));
  BOOST_TEST(!has("rows", ATTUNE_NEED_ELEMENTWISE));
  BOOST_TEST(has("noise", ATTUNE_NEED_RANDOM));
  BOOST_TEST(!has("trust", ATTUNE_NEED_RANDOM));
}

BOOST_AUTO_TEST_CASE(sums_leave_the_padding_of_a_tail_out) {
  std::vector<double> start(37, 3.0);
  start.back() = 6;  // what a tail is padded with
  tiny::Run<double> run(rule("trust"), start);
  run.step(std::vector<double>(37, 2.0), 16);
  const double size = 0.5 * std::sqrt((36 * 9 + 36) / (37 * 4.0));
  BOOST_TEST(run.value.front() == 3 - size * 2, boost::test_tools::tolerance(1e-15));
  BOOST_TEST(run.value.back() == 6 - size * 2, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(saved_scalars_starts_and_views) {
  const attune_rule& anchored = rule("anchored");
  BOOST_TEST(anchored.saved[0]->name == std::string("largest"));
  BOOST_TEST(anchored.saved[1]->initial == 10);
  tiny::Run<double> run(anchored, std::vector<double>(21, 2.0));
  run.set("pace", 4);
  run.step(std::vector<double>(21, 1.0), 8);
  run.step(std::vector<double>(21, -3.0), 8);
  BOOST_TEST(run.saved[0] == 21 * 0.25);
  BOOST_TEST(run.saved[1] == 12);
  BOOST_TEST(run.states[1] == std::vector<double>(21, 6.0), boost::test_tools::per_element());
  const auto states = run.states;
  const auto value = run.value;
  BOOST_TEST(run.evaluation(8) == std::vector<double>(21, 2.25), boost::test_tools::per_element());
  BOOST_TEST(run.value == value);
  BOOST_TEST((run.states == states));
}

BOOST_AUTO_TEST_CASE(exceptions_become_codes_and_texts) {
  const attune_rule& thrower = rule("thrower");
  alignas(64) unsigned char scratch[1024];
  BOOST_REQUIRE(thrower.step_bytes <= sizeof scratch);
  const auto prepare = [&](double kind) {
    const double options[] = {1, kind};
    attune_step step{};
    step.struct_size = sizeof step;
    step.options = options;
    return thrower.prepare(&step, scratch);
  };
  BOOST_TEST(prepare(0) == ATTUNE_OK);
  BOOST_TEST(prepare(1) == ATTUNE_E_INTERNAL);
  BOOST_TEST(tiny::last_failure == "the moon is full");
  BOOST_TEST(prepare(2) == ATTUNE_E_MEMORY);
  BOOST_TEST(tiny::last_failure == "out of memory");
  BOOST_TEST(prepare(3) == ATTUNE_E_INTERNAL);
  BOOST_TEST(tiny::last_failure == "an exception that is no std::exception");
}

BOOST_AUTO_TEST_CASE(a_rule_draws_by_element_whatever_the_chunks) {
  const std::vector<double> zeros(37);
  tiny::Run<double> whole(rule("noise"), zeros), pieces(rule("noise"), zeros);
  for (int i = 0; i < 2; ++i) {
    whole.step(zeros, 37);
    pieces.step(zeros, 5);
  }
  BOOST_TEST(whole.value == pieces.value, boost::test_tools::per_element());
  double first[37], second[37], uniform[37];
  tiny::host().normal({7, 1}, 3, 0, 37, first);
  tiny::Run<double> once(rule("noise"), zeros);
  once.step(zeros, 37);
  tiny::keyed({7, 1}, 0, 0, 37, uniform);
  for (std::size_t i = 0; i < 37; ++i) BOOST_TEST(once.value[i] == uniform[i] - first[i]);
  tiny::host().normal({7, 2}, 3, 0, 37, second);
  BOOST_TEST(first[5] != second[5]);
  tiny::Run<double> bias(rule("noise"), zeros);
  bias.role = ATTUNE_ROLE_BIAS;
  bias.step(zeros, 37);
  BOOST_TEST(bias.value == zeros, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_matrix_rule_sees_one_tensor) {
  std::vector<double> value{1, 2, 3, 4}, gradient{1, 3, -2, 0};
  const std::int64_t shape[] = {2, 2};
  const double options[] = {1};
  attune_step step{};
  step.struct_size = sizeof step;
  step.options = options;
  attune_param param{};
  param.struct_size = sizeof param;
  param.rank = 2;
  param.shape = shape;
  param.value = value.data();
  param.gradient = gradient.data();
  BOOST_TEST(rule("rows").matrix(&step, &param) == ATTUNE_OK);
  const std::vector<double> expected{-1, 0, 4, 5};
  BOOST_TEST(value == expected, boost::test_tools::per_element());
  param.rank = 1;
  BOOST_TEST(rule("rows").matrix(&step, &param) == ATTUNE_E_INVALID);
  BOOST_TEST(tiny::last_failure == "takes matrices; give others to adamw");
}

BOOST_AUTO_TEST_CASE(options_of_every_kind) {
  const attune_initializer& ramp = *plugin().initializers[0];
  BOOST_TEST(ramp.n_options == 3u);
  BOOST_TEST(ramp.options[0]->kind == ATTUNE_REAL);
  BOOST_TEST(ramp.options[1]->kind == ATTUNE_BOOL);
  BOOST_TEST(ramp.options[2]->kind == ATTUNE_CHOICE);
  BOOST_TEST(ramp.options[2]->n_choices == 2u);
  BOOST_TEST(ramp.options[2]->choices[1] == std::string("negated"));
  BOOST_TEST(rule("thrower").options[1]->kind == ATTUNE_INT);
}

BOOST_AUTO_TEST_CASE(a_fill_is_keyed_by_seed_stream_draw_and_element) {
  const std::size_t n = 600;  // more than two blocks of draws
  std::vector<double> first(n), second(n), normal(n);
  tiny::keyed({3, 5}, 0, 0, n, first.data());
  tiny::keyed({3, 5}, 1, 0, n, second.data());
  tiny::host().normal({3, 5}, 0, 0, n, normal.data());
  tiny::calls_for_draws = 0;
  const auto plain = filled<double>({-1, 0, 0}, n), both = filled<double>({-1, 1, 1}, n);
  BOOST_TEST(tiny::calls_for_draws == 3 + 3 * 3);  // blocks of 256, in whatever order they are read
  const auto narrow = filled<float>({-1, 0, 0}, n);
  for (std::size_t i = 0; i < n; ++i) {
    BOOST_REQUIRE(plain[i] == -1 + first[i]);
    BOOST_REQUIRE(both[i] == -(-1 + first[i] + (second[i] - normal[i])));
    BOOST_REQUIRE(narrow[i] == static_cast<float>(plain[i]));
  }
}

BOOST_AUTO_TEST_CASE(options_are_numbers_in_arithmetic) {
  const Real half{0.5, range(0, 1), ""};
  const Int three{3, range(0, 9), ""};
  static_assert(std::is_same_v<decltype(1 - half), double>);
  static_assert(std::is_same_v<decltype(half * three), double>);
  static_assert(std::is_same_v<decltype(true ? 0.0 : half), double>);
  static_assert(!std::is_convertible_v<Real, int>);  // 0.9 must not turn into 0 in silence
  BOOST_TEST(1 - half == 0.5);
  BOOST_TEST(three / 2 == 1);
  BOOST_TEST(half * three == 1.5);
  BOOST_TEST(-half == -0.5);
  BOOST_TEST((half < 1 && half > 0 && half != 0 && three == 3 && half < three));
  BOOST_TEST(std::pow(half, 2.0) == 0.25);
  const xsimd::batch<float> batch(2.0f);
  BOOST_TEST((half * batch - batch / half + (1 - half)).get(0) == 1 - 4 + 0.5f);
  BOOST_TEST(max(batch, half).get(0) == 2);
  BOOST_TEST(min(0.25, batch).get(0) == 0.25f);
  const auto above = batch > 1.0f;
  BOOST_TEST(select(above, batch, 0).get(0) == 2);
  BOOST_TEST(select(above, half, batch).get(0) == 0.5f);
  BOOST_TEST(select(above, -1, 1).get(0) == -1);
  BOOST_TEST(select(above, batch, -batch).get(0) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
