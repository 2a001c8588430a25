// From arguments to a network that is ready to learn.
#include "tools/training.hpp"

#include <algorithm>
#include <attune/memory.hpp>
#include <attune/model.hpp>
#include <attune/ops/loss.hpp>
#include <attune/threads.hpp>
#include <fmt/format.h>
#include <iterator>
#include <limits>

#include "tools/plugins.hpp"
#include "tools/say.hpp"

namespace attune::tools {

void require_within(const char* option, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(ErrorKind::value, value < low
                                    ? fmt::format("{} is {}: at least {}", option, value, low)
                                    : fmt::format("{} is {}: at most {}", option, value, high));
}

void Training::declare(Arguments& a) {
  a.option("--data", data, "set of data; see: attune list data");
  a.option("--model", model, "network; see: attune list models");
  a.option(
      "--set", settings,
      "option of the optimizer, NAME=VALUE, or RULE.NAME=VALUE for one of several; see: attune "
      "show optimizer");
  a.option("--init-set", initializer_settings,
           "option of the initializer, in the same way; see: attune show initializer");
  a.option("--epochs", epochs, "passes over the training part");
  a.option("--batch", batch, "samples a step");
  a.option("--threads", threads, "threads to compute on; 0: one a core");
  a.option("--memory-limit", memory_limit,
           "most MiB that tensors may take, beyond which the run fails; 0: no limit");
}

void Training::begin() const {
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  require_within("--epochs", epochs, 1, most);
  require_within("--batch", batch, 1, most);
  require_within("--threads", threads, 0, most);
  require_within("--memory-limit", memory_limit, 0, std::int64_t{1} << 32);
  if (threads != 0) attune::threads(static_cast<int>(threads));
  attune::memory_limit(static_cast<std::size_t>(memory_limit) << 20);
}

namespace {

// "lion.lr=1e-3" as lion, lr and 1e-3; whose it is may be empty.
struct Setting {
  std::string owner, name, value;
};

Setting parse(const std::string& text) {
  const auto equals = text.find('=');
  const auto dot = std::min(text.find('.'), equals);
  const auto from = dot < equals ? dot + 1 : 0;
  if (equals == std::string::npos || equals == from || (from != 0 && dot == 0)) {
    throw Error(ErrorKind::value, "\"" + text + "\" is no name=value, such as lr=1e-3");
  }
  return {from == 0 ? "" : text.substr(0, dot), text.substr(from, equals - from),
          text.substr(equals + 1)};
}

void require_owners(const char* option, const std::vector<std::string>& settings,
                    const std::vector<std::string>& owners) {
  for (const std::string& text : settings) {
    const std::string owner = parse(text).owner;
    if (owner.empty() || std::ranges::find(owners, owner) != owners.end()) continue;
    const std::string hint = did_you_mean(owner, owners);
    throw Error(ErrorKind::value, fmt::format("{} {}: {} is not used here{}{}", option, text, owner,
                                              hint.empty() ? "" : ": ", hint));
  }
}

}  // namespace

OptionList options_for(const std::string& name, const std::vector<std::string>& settings) {
  OptionList own, of_all;
  for (const std::string& text : settings) {
    Setting setting = parse(text);
    if (!setting.owner.empty() && setting.owner != name) continue;
    (setting.owner.empty() ? of_all : own)
        .emplace_back(std::move(setting.name), std::move(setting.value));
  }
  // What is said of one goes before what is said of all.
  std::erase_if(of_all, [&](const auto& option) {
    return std::ranges::any_of(own, [&](const auto& one) { return one.first == option.first; });
  });
  std::ranges::move(of_all, std::back_inserter(own));
  return own;
}

void Training::require_known(const std::vector<std::string>& initializers,
                             const std::vector<std::string>& rules) const {
  require_loaded("optimizer", rules, optim::names());
  require_loaded("initializer", initializers, attune::initializers());
  require_owners("--set", settings, rules);
  require_owners("--init-set", initializer_settings, initializers);
}

Learner Training::learner(const Task& task, const std::string& initializer, const std::string& rule,
                          std::uint64_t seed) const {
  Network network = make_network(model, task);
  const Params all = params(network);
  initialize(all, initializer, {.seed = seed}, options_for(initializer, initializer_settings));
  return {std::move(network), optim::make(rule, all, options_for(rule, settings))};
}

TestFigures test(const Network& network, const Task& task) {
  const Loss loss = task.classes ? Loss(cross_entropy) : Loss(mse_loss);
  TestFigures figures{.loss = evaluate(network, task.parts.test, MeanLoss{loss}), .accuracy = {}};
  if (task.classes) figures.accuracy = evaluate(network, task.parts.test, accuracy);
  return figures;
}

void print(std::FILE* out, const TestFigures& figures) {
  if (figures.accuracy) say(out, fmt::format("test accuracy {:.4f}\n", *figures.accuracy));
  say(out, fmt::format("test loss     {:.6f}\n", figures.loss));
}

}  // namespace attune::tools
