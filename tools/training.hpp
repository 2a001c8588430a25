// What train and compare have in common: the arguments that say what is learned and how long, and a
// network with its optimizer, ready for the first step.
#pragma once

#include <attune/train.hpp>
#include <cstdio>
#include <optional>

#include "tools/command.hpp"
#include "tools/task.hpp"

namespace attune::tools {

struct Learner {
  Network network;
  optim::Optimizer optimizer;
};

struct Training {
  std::string data, model;
  std::vector<std::string> settings = {}, initializer_settings = {};  // see options_for
  std::int64_t epochs, batch, threads = 0, memory_limit = 0;

  void declare(Arguments& arguments);
  // Checks the numbers, sets the threads and the limit. Error (value) naming the option.
  void begin() const;
  // Error (value) for a name that only a plugin has, and for a setting of none of these names.
  void require_known(const std::vector<std::string>& initializers,
                     const std::vector<std::string>& rules) const;
  Learner learner(const Task& task, const std::string& initializer, const std::string& rule,
                  std::uint64_t seed) const;
};

// The settings that an optimizer or an initializer takes: "lr=1e-3" all, "lion.lr=1e-4" lion, which
// then goes before what is said of all.
OptionList options_for(const std::string& name, const std::vector<std::string>& settings);

// What the weights that train saves tell of themselves.
namespace note {
inline constexpr const char *data = "attune.data", *model = "attune.model", *seed = "attune.seed",
                            *classes = "attune.classes", *features = "attune.features";
}

// A network on the test part.
struct TestFigures {
  double loss;
  std::optional<double> accuracy;  // where the target is a class
};
TestFigures test(const Network& network, const Task& task);
void print(std::FILE* out, const TestFigures& figures);

// Error (value) unless low <= value <= high, naming the option, the value and the range.
void require_within(const char* option, std::int64_t value, std::int64_t low, std::int64_t high);

}  // namespace attune::tools
