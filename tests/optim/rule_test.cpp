// Every rule in the tree, for every instruction set this machine has, and Lion as a plugin, driven
// through the C table by a tiny host: reference trajectories, chunks, resume, options.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <dlfcn.h>
#include <set>

#include "core/kernels.hpp"
#include "rule_units.hpp"
#include "tests/optim/tiny_host.hpp"
#include "tests/paths.hpp"
#include "tests/references/optim_rules.hpp"
#include "tests/worst.hpp"

namespace {

struct Entry {
  std::string isa;
  const attune_rule* rule;
};

std::vector<Entry> entries() {
  std::vector<Entry> result;
  const auto add = [&](const std::string& isa, const attune_plugin* plugin) {
    for (std::uint32_t i = 0; i < plugin->n_rules; ++i) result.push_back({isa, plugin->rules[i]});
  };
  for (const std::string& isa : attune::internal::available_isas()) {
    for (auto* unit : *attune::internal::units_of(attune::internal::rule_units, isa)) {
      add(isa, unit(&tiny::host()));
    }
  }
  std::string file = attune::tests::plugin_folder;
  file += "/lion.so";
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  BOOST_REQUIRE_MESSAGE(library != nullptr, dlerror());
  auto* entry = reinterpret_cast<attune_plugin_entry*>(dlsym(library, ATTUNE_PLUGIN_ENTRY));
  BOOST_REQUIRE(entry != nullptr);
  add("plugin", entry(&tiny::host()));
  return result;
}

std::string label(const Entry& entry) { return std::string(entry.rule->name) + "/" + entry.isa; }

// Numbers of both signs over many magnitudes, one exact zero.
template <class T>
std::vector<T> numbers(std::size_t n, unsigned seed) {
  std::vector<T> result(n);
  std::uint64_t word = seed;
  for (T& x : result) {
    word = word * 6364136223846793005u + 1442695040888963407u;
    const double unit = static_cast<double>(word >> 11) * 0x1p-53;
    x = static_cast<T>((unit - 0.5) * std::exp(8 * (unit - 0.7)));
  }
  result[n / 2] = 0;
  return result;
}

// Switches on everything that an option may switch off.
template <class T>
void switch_on(tiny::Run<T>& run, const attune_rule& rule) {
  for (std::uint32_t i = 0; i < rule.n_options; ++i) {
    const attune_option& option = *rule.options[i];
    if (option.kind == ATTUNE_BOOL) run.options[i] = 1;
    if (option.kind == ATTUNE_REAL && option.initial == 0 && option.high == 1 && option.open != 0) {
      run.options[i] = 0.5;
    }
  }
}

template <class T>
std::vector<T> trained(const attune_rule& rule, std::size_t chunk, bool on) {
  tiny::Run<T> run(rule, numbers<T>(10007, 1));
  if (on) switch_on(run, rule);
  for (unsigned t = 1; t <= 3; ++t) run.step(numbers<T>(10007, 10 + t), chunk);
  return run.value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rule_test)

BOOST_AUTO_TEST_CASE(trajectories_follow_the_references) {
  for (const Entry& entry : entries()) {
    int cases = 0;
    for (const reference::Trajectory& expected : reference::trajectories) {
      if (expected.rule != entry.rule->name) continue;
      ++cases;
      tiny::Run<double> run(*entry.rule, {reference::start.begin(), reference::start.end()});
      for (const auto& [name, number] : expected.options) run.set(name, number);
      for (int t = 0; t < reference::steps; ++t) {
        std::vector<double> gradient;
        for (std::size_t i = 0; i < run.value.size(); ++i) {
          const double p = run.value[i];
          gradient.push_back(reference::curvature[i] * p + p * p * p);
        }
        run.step(gradient, 3);
      }
      for (std::size_t i = 0; i < run.value.size(); ++i) {
        BOOST_TEST(std::abs(run.value[i] - expected.end[i]) < 1e-13,
                   label(entry) << " element " << i << ": " << run.value[i] << " instead of "
                                << expected.end[i]);
      }
    }
    BOOST_TEST(cases > 0, label(entry) << " has no reference trajectory");
  }
}

BOOST_AUTO_TEST_CASE(chunks_do_not_change_a_bit) {
  for (const Entry& entry : entries()) {
    for (const bool on : {false, true}) {
      const auto whole = trained<float>(*entry.rule, 10007, on);
      const auto whole_double = trained<double>(*entry.rule, 10007, on);
      for (const std::size_t chunk : {7, 4099}) {
        BOOST_TEST(trained<float>(*entry.rule, chunk, on) == whole, label(entry) << ' ' << chunk);
        BOOST_TEST(trained<double>(*entry.rule, chunk, on) == whole_double, label(entry)
                                                                                << ' ' << chunk);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(single_precision_follows_double) {
  for (const Entry& entry : entries()) {
    if (std::string(entry.rule->name) == "lion") continue;  // a sign has no tolerance
    const auto single = trained<float>(*entry.rule, 10007, true);
    const auto exact = trained<double>(*entry.rule, 10007, true);
    double worst = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      attune::tests::worsen(worst, std::abs(single[i] - exact[i]));
    }
    BOOST_TEST(worst < 1e-4, label(entry) << ' ' << worst);
  }
}

BOOST_AUTO_TEST_CASE(values_states_and_t_are_all_there_is_to_resume) {
  for (const Entry& entry : entries()) {
    tiny::Run<double> first(*entry.rule, numbers<double>(100, 1));
    switch_on(first, *entry.rule);
    for (unsigned t = 1; t <= 5; ++t) first.step(numbers<double>(100, t), 100);
    tiny::Run<double> second(*entry.rule, first.value);
    second.options = first.options;
    second.saved = first.saved;
    second.states = first.states;
    second.t = first.t;
    for (unsigned t = 6; t <= 9; ++t) {
      first.step(numbers<double>(100, t), 100);
      second.step(numbers<double>(100, t), 100);
    }
    BOOST_TEST(first.value == second.value, label(entry));
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_is_switched_off_changes_nothing) {
  int inactive = 0;
  for (const Entry& entry : entries()) {
    tiny::Run<float> without(*entry.rule, numbers<float>(1001, 1));
    tiny::Run<float> with(*entry.rule, numbers<float>(1001, 1));
    for (unsigned t = 1; t <= 3; ++t) {
      without.step(numbers<float>(1001, t), 500);
      with.step(numbers<float>(1001, t), 500, true);
    }
    for (const auto& state : without.states) inactive += state.empty() ? 1 : 0;
    BOOST_TEST(without.value == with.value, label(entry));
  }
  BOOST_TEST(inactive > 0);
}

BOOST_AUTO_TEST_CASE(a_zero_step_size_moves_nothing) {
  for (const Entry& entry : entries()) {
    tiny::Run<float> run(*entry.rule, numbers<float>(33, 1));
    run.set("lr", 0);
    for (unsigned t = 1; t <= 3; ++t) run.step(numbers<float>(33, t), 33);
    BOOST_TEST(run.value == numbers<float>(33, 1), label(entry));
  }
}

BOOST_AUTO_TEST_CASE(tables_are_complete) {
  for (const Entry& entry : entries()) {
    const attune_rule& rule = *entry.rule;
    BOOST_TEST_CONTEXT(label(entry)) {
      BOOST_TEST(rule.struct_size == sizeof(attune_rule));
      BOOST_TEST(std::strlen(rule.cite) > 0);
      BOOST_TEST(rule.options[0]->name == std::string("lr"));
      std::set<std::string> names;
      for (std::uint32_t i = 0; i < rule.n_options; ++i) {
        const attune_option& option = *rule.options[i];
        BOOST_TEST_CONTEXT(option.name) {
          BOOST_TEST(option.struct_size == sizeof(attune_option));
          BOOST_TEST(names.insert(option.name).second);
          BOOST_TEST(std::strlen(option.doc) > 0);
          BOOST_TEST(option.low <= option.initial);
          BOOST_TEST(option.initial <= option.high);
          BOOST_TEST(option.low <= option.search_low);
          BOOST_TEST(option.search_low < option.search_high);
          BOOST_TEST(option.search_high <= option.high);
        }
      }
      for (std::uint32_t i = 0; i < rule.n_states; ++i) {
        BOOST_TEST(std::strlen(rule.states[i]->name) > 0);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(options_that_do_not_fit_together_are_refused) {
  for (const Entry& entry : entries()) {
    tiny::Run<double> run(*entry.rule, {1.0});
    BOOST_TEST(entry.rule->validate(run.options.data()) == ATTUNE_OK, label(entry));
    if (std::string(entry.rule->name) != "sgd") continue;
    run.set("nesterov", 1);
    BOOST_TEST(entry.rule->validate(run.options.data()) == ATTUNE_E_INVALID);
    BOOST_TEST(tiny::last_failure == "nesterov needs momentum above 0");
  }
}

BOOST_AUTO_TEST_CASE(other_dtypes_are_refused) {
  for (const Entry& entry : entries()) {
    attune_chunk chunk{};
    chunk.struct_size = sizeof chunk;
    chunk.dtype = ATTUNE_BF16;
    std::vector<unsigned char> scratch(entry.rule->step_bytes + 64);
    BOOST_TEST(entry.rule->update(scratch.data(), &chunk) == ATTUNE_E_UNSUPPORTED, label(entry));
    BOOST_TEST(tiny::last_failure == "takes parameters of dtype f32 and f64 only");
  }
}

BOOST_AUTO_TEST_SUITE_END()
