// How a command of the tool is written: what it is called, which arguments it takes, what it does.
// Each stands in a file of its own and adds itself to commands(). The parser is main.cpp's matter.
#pragma once

#include <attune/registry.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace attune::tools {

// Where a command says what it takes. The variables hold the defaults, which the help shows, and
// outlive the parsing.
class Arguments {
 public:
  virtual ~Arguments() = default;
  virtual void option(const char* name, std::string& value, const char* meaning) = 0;
  virtual void option(const char* name, std::int64_t& value, const char* meaning) = 0;
  // Given any number of times.
  virtual void option(const char* name, std::vector<std::string>& values, const char* meaning) = 0;
  virtual void flag(const char* name, bool& value, const char* meaning) = 0;
  // The next argument without a name; it must be given.
  virtual void positional(const char* name, std::string& value, const char* meaning,
                          bool required = true) = 0;
};

class Command {
 public:
  virtual ~Command() = default;
  virtual std::string summary() const = 0;   // one line
  virtual std::string examples() const = 0;  // command lines, one a line
  virtual void declare(Arguments& arguments) = 0;
  // 0: done, 1: failed. An Error of kind value means that an argument was wrong.
  virtual int run() = 0;
};

inline Registry<std::unique_ptr<Command>>& commands() {
  static Registry<std::unique_ptr<Command>> all("command");
  return all;
}

// `const Added<TrainCommand> added("train");` at namespace scope.
template <class T>
struct Added {
  explicit Added(const char* name) { commands().add(name, std::make_unique<T>(), "attune"); }
};

}  // namespace attune::tools
