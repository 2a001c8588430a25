// An optimizer that attune does not have, written in the program that uses it: a struct of ten
// lines and one line that makes its name known. Then one from a plugin, loaded at run time.
//
//   example_own_optimizer             trains with the rule below, then with Lion, a plugin
//   example_own_optimizer mine.so     trains with the rule below, then with yours
//
// The struct below makes a plugin too: move it into a file that ends with ATTUNE_PLUGIN(Signum) in
// place of register_rule (docs/plugin.md goes through it). As a file of optim/rules/ it is an
// optimizer of the tree. All three pass through the same table and give the same bits.
#include <attune/attune.hpp>
#include <attune/nn.hpp>
#include <attune/plugin.hpp>
#include <attune/plugins.hpp>
#include <attune/train.hpp>
#include <iostream>

using namespace attune;

struct Signum {
  static constexpr auto name = "signum";
  static constexpr auto cite = "Bernstein et al. 2018, arXiv:1802.04434, algorithm 2";
  Real lr{1e-3, log_range(1e-6, 1e-1), "step size"};
  Real beta{0.9, decay_range(0.5, 0.999), "decay of the mean m of gradients"};

  template <class V>
  struct State {
    V m;  // one value per element, 0 at first, saved as "m"
  };

  auto at(const Step&) const {                  // once per step, in double
    return [*this](auto& p, auto g, auto& s) {  // once per batch of elements
      s.m = beta * s.m + (1 - beta) * g;
      p -= lr * sign(s.m);
    };
  }
};

struct Model {
  data::Standardizer scale;
  nn::Linear hidden{64, 64}, out{64, 10};
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(scale(x)))); }
};

// Trains by the rule of this name, whoever wrote it; returns the accuracy on the test part.
double train_with(const std::string& rule, const data::Split& parts) {
  const optim::RuleInfo info = optim::describe(rule);
  std::cout << info.name << " of " << info.origin << ": " << info.cite << '\n';
  for (const OptionInfo& option : info.options) {
    std::cout << "  " << option.name << " = " << option.initial << ": " << option.meaning << '\n';
  }
  Model model;
  model.scale = data::Standardizer::fit(parts.train);
  initialize(params(model), "he_normal", {.seed = 1});
  auto opt = optim::make(rule, params(model), {{"lr", 1e-3}});
  fit(model, opt, parts.train, {.epochs = 10, .batch = 32, .seed = 1});
  const double right = evaluate(model, parts.test, accuracy);
  std::cout << "accuracy on the test part: " << right << "\n\n";
  return right;
}

int main(int count, char** arguments) try {
  optim::register_rule<Signum>();

  std::string plugin_rule = "lion";
  if (count > 1) {
    plugin_rule = load_plugin(arguments[1]).rules.at(0);
  } else {
    load_plugins();  // those beside the library
  }

  const data::Split parts = data::split(data::digits(), {.test = 0.2, .seed = 1});
  const double own = train_with("signum", parts);
  const double loaded = train_with(plugin_rule, parts);
  return own > 0.93 && loaded > 0.93 ? 0 : 1;
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
