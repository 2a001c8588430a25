// From arguments to a network that is ready to learn.
#include "tools/training.hpp"

#include <attune/model.hpp>
#include <attune/threads.hpp>
#include <fmt/format.h>
#include <limits>

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
  a.option("--set", settings, "option of the optimizer, NAME=VALUE; see: attune show optimizer");
  a.option("--epochs", epochs, "passes over the training part");
  a.option("--batch", batch, "samples a step");
  a.option("--threads", threads, "threads to compute on; 0: one a core");
}

void Training::begin() const {
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  require_within("--epochs", epochs, 1, most);
  require_within("--batch", batch, 1, most);
  require_within("--threads", threads, 0, most);
  if (threads != 0) attune::threads(static_cast<int>(threads));
}

Learner Training::learner(const Task& task, const std::string& initializer,
                          const OptionList& initializer_options, const std::string& rule,
                          std::uint64_t seed) const {
  Network network = make_network(model, task);
  const Params all = params(network);
  initialize(all, initializer, {.seed = seed}, initializer_options);
  return {std::move(network), optim::make(rule, all, to_options(settings))};
}

}  // namespace attune::tools
