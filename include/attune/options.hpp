// Options by name, as optimizers and initializers take them: {{"lr", 3e-4}, {"nesterov", true}}.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace attune {

// A number, a truth value or, for a choice, one of its names. Text that reads as a number or as
// true/false serves for the others too, so that a command line can pass what it was given.
class OptionValue {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> OptionValue(T value)  // NOLINT
      : number_(static_cast<double>(value)), is_text_(std::is_same_v<T, bool>) {
    if (is_text_) text_ = value != T(0) ? "true" : "false";  // no number: {{"lr", true}} is refused
  }
  OptionValue(const char* text) : text_(text), is_text_(true) {}             // NOLINT
  OptionValue(std::string text) : text_(std::move(text)), is_text_(true) {}  // NOLINT

  bool is_text() const noexcept { return is_text_; }
  double number() const noexcept { return number_; }
  const std::string& text() const noexcept { return text_; }

 private:
  double number_ = 0;
  std::string text_;
  bool is_text_ = false;
};

using OptionList = std::vector<std::pair<std::string, OptionValue>>;

// One option as its owner declares it: for help texts, command lines and searches.
struct OptionInfo {
  std::string name, meaning;
  std::string kind;                          // "real", "int", "bool" or "choice"
  double initial = 0;                        // the default; of a choice, its index
  double low = 0, high = 0;                  // valid range; infinite where unbounded
  bool low_open = false, high_open = false;  // the bound itself is not valid
  double search_low = 0, search_high = 0;    // where a search looks
  std::string search_scale;                  // "linear", "log" or "log(1-x)"
  std::vector<std::string> choices;
};

}  // namespace attune
