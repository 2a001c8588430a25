// Tables of rules written by hand, each spoilt in one place: what a table does not keep is refused
// when it is registered, what the host does not offer when an optimizer is made; never in a step.
#include <attune/optim.hpp>
#include <attune/plugin.hpp>
#include <boost/test/unit_test.hpp>
#include <cfenv>
#include <deque>
#include <functional>

#include "core/host.hpp"
#include "optim/registry.hpp"
#include "tests/optim/problems.hpp"

using namespace attune;
using tests::message_of;

namespace {

struct Good {
  static constexpr auto name = "good_table", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  Int every{1, range(1, 9), "how often"};
  Choice mode{{"one", "two"}, "which"};
  template <class V>
  struct State {
    V a, b;
  };
  struct Saved {
    double c = 0, d = 0;
  };
  auto at(const Step&, Saved&) const {
    return [*this](auto& p, auto g, auto& s) {
      s.a = g;
      s.b = g;
      p -= lr * s.a;
    };
  }
};

// Changes how the thread rounds, when the step is prepared or in the middle of an update.
struct Rounds {
  static constexpr auto name = "rounds", cite = "none";
  Real lr{0.1, log_range(1e-4, 1), "step size"};
  Bool inside{false, "in the update"};
  auto at(const Step&) const {
    if (!inside) std::fesetround(FE_UPWARD);
    return [*this](auto& p, auto g, auto&) {
      if (inside) std::fesetround(FE_UPWARD);
      p -= lr * g;
    };
  }
};

// A copy of Good's table down to its entries.
struct Table {
  attune_rule rule = *internal::PluginTable<Good>::table.rules[0];
  attune_option options[3] = {*rule.options[0], *rule.options[1], *rule.options[2]};
  attune_state states[2] = {*rule.states[0], *rule.states[1]};
  attune_scalar saved[2] = {*rule.saved[0], *rule.saved[1]};
  const attune_option* to_options[3] = {&options[0], &options[1], &options[2]};
  const attune_state* to_states[2] = {&states[0], &states[1]};
  const attune_scalar* to_saved[2] = {&saved[0], &saved[1]};

  Table() {
    rule.options = to_options;
    rule.states = to_states;
    rule.saved = to_saved;
  }
  Table(const Table&) = delete;
};

using Spoil = std::function<void(Table&)>;

// Tables are never taken back, so they stay for the life of the process.
Table& registered(const char* name, const Spoil& spoil) {
  internal::PluginTable<Good>::enter(nullptr);
  static std::deque<Table>& kept = *new std::deque<Table>;
  Table& table = kept.emplace_back();
  table.rule.name = name;
  spoil(table);
  const attune_rule* const rules[] = {&table.rule};
  attune_plugin plugin = internal::PluginTable<Good>::table;
  plugin.rules = rules;
  optim::register_rules(plugin, "a test");
  return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(a_name_is_a_word) {
  for (const char* name : {"a.b", "x,y", "two words", "lion.so", "a\nb", "\xff"}) {
    const auto message = message_of(ErrorKind::plugin, [&] { registered(name, [](Table&) {}); });
    BOOST_TEST(message.find("make a name") != message.npos, message);
  }
}

BOOST_AUTO_TEST_CASE(rounding_is_put_back_after_every_call) {
  optim::register_rule<Rounds>();
  for (const bool inside : {false, true}) {
    tests::Bowl bowl(f64, {3});
    auto opt = optim::make("rounds", bowl.params(), {{"inside", inside}});
    const auto message = message_of(ErrorKind::plugin, [&] { opt.step(bowl.loss().backward()); });
    BOOST_TEST(message.starts_with("optimizer rounds at step 1"), message);
    BOOST_TEST(message.find("control word") != message.npos, message);
    BOOST_TEST(std::fegetround() == FE_TONEAREST);
  }
}

BOOST_AUTO_TEST_CASE(what_a_call_said_does_not_outlive_it) {
  // The first call speaks and succeeds, the second fails without a word.
  registered("talker", [](Table& table) {
    table.rule.validate = [](const double*) {
      internal::plugin_host()->fail("no failure at all");
      return static_cast<std::int32_t>(ATTUNE_OK);
    };
    table.rule.state_active = [](const double*, std::uint32_t, std::uint32_t*) {
      return static_cast<std::int32_t>(ATTUNE_E_INTERNAL);
    };
  });
  tests::Bowl bowl(f64, {3});
  const std::string message =
      message_of(ErrorKind::plugin, [&] { (void)optim::make("talker", bowl.params()); });
  BOOST_TEST(message.find("failed with code") != message.npos, message);
  BOOST_TEST(message.find("no failure") == message.npos, message);
}

// C++ behind a table that was written by hand, without the guards of the headers.
BOOST_AUTO_TEST_CASE(an_exception_has_the_name_of_its_rule) {
  registered("throws_bare", [](Table& table) {
    table.rule.update = [](const void*, const attune_chunk*) -> std::int32_t { throw 7; };
  });
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("throws_bare", bowl.params());
  const auto message = message_of(ErrorKind::plugin, [&] { opt.step(bowl.loss().backward()); });
  BOOST_TEST(message.starts_with("optimizer throws_bare at step 1"), message);
  BOOST_TEST(message.find("unknown type") != message.npos, message);
  message_of(ErrorKind::state, [&] { opt.step(bowl.loss().backward()); });
}

BOOST_AUTO_TEST_CASE(a_table_that_keeps_its_promises_trains) {
  registered("kept", [](Table&) {});
  tests::Bowl bowl(f64, {3});
  auto opt = optim::make("kept", bowl.params());
  const auto before = bowl.bits();
  opt.step(bowl.loss().backward());
  BOOST_TEST(bowl.bits() != before);
}

BOOST_AUTO_TEST_CASE(a_spoilt_table_is_refused_at_registration) {
  const char* const nothing = "";
  const std::pair<const char*, Spoil> cases[] = {
      {"step_bytes", [](Table& t) { t.rule.step_bytes = std::uint64_t{1} << 62; }},
      {"step_align", [](Table& t) { t.rule.step_align = 3; }},
      {"step_align", [](Table& t) { t.rule.step_align = 1u << 20; }},
      {"two states called a", [](Table& t) { t.states[1].name = "a"; }},
      {"two saved scalars called c", [](Table& t) { t.saved[1].name = "c"; }},
      {"state number 1", [](Table& t) { t.states[1].struct_size = 8; }},
      {"state number 0", [=](Table& t) { t.states[0].name = nothing; }},
      {"state number 0", [](Table& t) { t.states[0].name = "a.b"; }},
      {"saved scalar number 1", [](Table& t) { t.saved[1].struct_size = 8; }},
      {"saved scalar number 1", [](Table& t) { t.saved[1].name = "no name"; }},
      {"two options called lr", [](Table& t) { t.options[1].name = "lr"; }},
      {"an option of", [=](Table& t) { t.options[1].name = nothing; }},
      {"option every", [](Table& t) { t.options[1].initial = 1.5; }},
      {"option mode", [](Table& t) { t.options[2].n_choices = 0; }},
      {"option mode", [](Table& t) { t.options[2].initial = 2; }},
  };
  for (const auto& [word, spoil] : cases) {
    BOOST_TEST_CONTEXT(word) {
      const auto text =
          message_of(ErrorKind::plugin, [&, spoil = spoil] { registered("spoilt", spoil); });
      BOOST_TEST(text.find(word) != std::string::npos, text);
    }
  }
}

BOOST_AUTO_TEST_CASE(needs_follow_from_what_a_table_holds) {
  const auto without_update = [](Table& t) {
    t.rule.needs = 0;
    t.rule.prepare = nullptr;
    t.rule.update = nullptr;
  };
  const std::tuple<const char*, const char*, Spoil> cases[] = {
      {"only_matrix", "whole matrices",
       [=](Table& t) {
         without_update(t);
         t.rule.matrix = [](const attune_step*, const attune_param*) { return 0; };
       }},
      {"only_drive", "updates of all parameters at once",
       [=](Table& t) {
         without_update(t);
         t.rule.drive = [](const attune_step*, const attune_param* const*, std::int64_t) {
           return 0;
         };
       }},
      {"hidden_sums", "sums over all tensors",
       [](Table& t) {
         t.rule.n_sums = 1;
         t.rule.reduce = [](const void*, const attune_chunk*, double*) { return 0; };
       }},
      {"hidden_view", "evaluation weights",
       [](Table& t) {
         t.rule.eval_view = [](const attune_step*, const attune_chunk*, void*) { return 0; };
       }},
      {"hidden_multiple", "states of another dtype", [](Table& t) { t.rule.chunk_multiple = 8; }},
  };
  for (const auto& [name, need, spoil] : cases) {
    BOOST_TEST_CONTEXT(name) {
      registered(name, spoil);
      tests::Bowl bowl(f64, {3});
      const auto text =
          message_of(ErrorKind::plugin, [&, name = name] { optim::make(name, bowl.params()); });
      BOOST_TEST(text.find(need) != std::string::npos, text);
      BOOST_TEST(optim::describe(name).unmet.find(need) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
