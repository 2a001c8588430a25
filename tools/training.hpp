// What train and compare have in common: the arguments that say what is learned and how long, and a
// network with its optimizer, ready for the first step.
#pragma once

#include "tools/command.hpp"
#include "tools/task.hpp"

namespace attune::tools {

struct Learner {
  Network network;
  optim::Optimizer optimizer;
};

struct Training {
  std::string data, model;
  std::vector<std::string> settings = {};  // of the optimizer
  std::int64_t epochs, batch, threads = 0;

  void declare(Arguments& arguments);
  // Checks the numbers and sets the threads. Error (value) naming the option.
  void begin() const;
  Learner learner(const Task& task, const std::string& initializer,
                  const OptionList& initializer_options, const std::string& rule,
                  std::uint64_t seed) const;
};

// Error (value) unless low <= value <= high, naming the option, the value and the range.
void require_within(const char* option, std::int64_t value, std::int64_t low, std::int64_t high);

}  // namespace attune::tools
