// Options by name: from what a user gives to what crosses the boundary.
#include "core/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

#include "attune/registry.hpp"
#include "core/fail.hpp"

namespace attune::internal {
namespace {

// An infinity is never among the valid values.
bool open_low(const attune_option& option) {
  return (option.open & ATTUNE_OPEN_LOW) != 0 || std::isinf(option.low);
}
bool open_high(const attune_option& option) {
  return (option.open & ATTUNE_OPEN_HIGH) != 0 || std::isinf(option.high);
}

std::string range_of(const attune_option& option) {
  return fmt::format("{}{}, {}{}", open_low(option) ? "(" : "[", option.low, option.high,
                     open_high(option) ? ")" : "]");
}

std::string hint(std::string_view name, const std::vector<std::string>& names) {
  const std::string nearest = did_you_mean(name, names);
  return nearest.empty() ? "." : ": " + nearest;
}

std::string text_of(const OptionValue& value) {
  return value.is_text() ? value.text() : fmt::format("{}", value.number());
}

std::vector<std::string> choices_of(const attune_option& option) {
  return {option.choices, option.choices + option.n_choices};
}

bool is_within(const attune_option& option, double number) {
  const bool low = open_low(option) ? number > option.low : number >= option.low;
  const bool high = open_high(option) ? number < option.high : number <= option.high;
  return low && high;
}

double number_from(std::string_view owner, const attune_option& option, const std::string& text) {
  if (option.kind == ATTUNE_BOOL) {
    if (text == "true" || text == "yes" || text == "on") return 1;
    if (text == "false" || text == "no" || text == "off") return 0;
  }
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) {
    fail(ErrorKind::value, owner, "option {} is \"{}\", which is no {}", option.name, text,
         option.kind == ATTUNE_BOOL ? "truth value: true or false" : "number");
  }
  return number;
}

double choice_from(std::string_view owner, const attune_option& option, const OptionValue& value) {
  for (std::uint32_t i = 0; i < option.n_choices; ++i) {
    if (value.is_text() && value.text() == option.choices[i]) return i;
  }
  const std::vector<std::string> choices = choices_of(option);
  const std::string given = text_of(value);
  fail(ErrorKind::value, owner, "option {} is \"{}\"{} It is one of {}", option.name, given,
       hint(given, choices), fmt::to_string(fmt::join(choices, ", ")));
}

bool is_of_kind(const attune_option& option, double number) {
  return option.kind == ATTUNE_REAL || number == std::floor(number);
}

void check_choices(std::string_view origin, std::string_view owner, const attune_option& option) {
  bool complete = option.n_choices > 0 && option.choices;
  for (std::uint32_t i = 0; complete && i < option.n_choices; ++i) complete = option.choices[i];
  if (!complete || !(option.initial >= 0 && option.initial < option.n_choices) ||
      !is_of_kind(option, option.initial)) {
    fail(ErrorKind::plugin, origin,
         "option {} of {} has {} choices, some without a name, or begins with number {}",
         option.name, owner, option.n_choices, option.initial);
  }
}

}  // namespace

bool is_word(const char* name) {
  if (!name || !*name) return false;
  return std::ranges::all_of(std::string_view(name), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void check_options(std::string_view origin, std::string_view owner, OptionTable table) {
  if (!table.empty() && !table.data()) {
    fail(ErrorKind::plugin, origin, "{} announces options that it does not hold", owner);
  }
  for (std::size_t i = 0; i < table.size(); ++i) {
    const attune_option* const option = table[i];
    if (!option || option->struct_size < sizeof(attune_option) || !is_word(option->name) ||
        !option->doc || option->kind > ATTUNE_CHOICE || option->scale > ATTUNE_LOG_1M) {
      fail(ErrorKind::plugin, origin, "an option of {} is incomplete, or its name is no word",
           owner);
    }
    if (find_option(table.first(i), option->name) >= 0) {
      fail(ErrorKind::plugin, origin, "{} has two options called {}", owner, option->name);
    }
    if (option->kind == ATTUNE_CHOICE) {
      check_choices(origin, owner, *option);
      continue;
    }
    if (!is_within(*option, option->initial)) {
      fail(ErrorKind::plugin, origin, "option {} of {} begins with {}, outside its own range {}",
           option->name, owner, option->initial, range_of(*option));
    }
    if (!is_of_kind(*option, option->initial)) {
      fail(ErrorKind::plugin, origin, "option {} of {} begins with {}, which is no whole number",
           option->name, owner, option->initial);
    }
  }
}

OptionInfo describe(const attune_option& option) {
  constexpr const char* kinds[] = {"real", "int", "bool", "choice"};
  constexpr const char* scales[] = {"linear", "log", "log(1-x)"};
  return {option.name,       option.doc,         kinds[option.kind],   option.initial,
          option.low,        option.high,        open_low(option),     open_high(option),
          option.search_low, option.search_high, scales[option.scale], choices_of(option)};
}

int find_option(OptionTable table, std::string_view name) noexcept {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i]->name == name) return static_cast<int>(i);
  }
  return -1;
}

int option_index(std::string_view owner, OptionTable table, std::string_view name) {
  const int found = find_option(table, name);
  if (found >= 0) return found;
  std::vector<std::string> names;
  for (const attune_option* option : table) names.emplace_back(option->name);
  if (names.empty()) fail(ErrorKind::value, owner, "takes no options, so no \"{}\"", name);
  fail(ErrorKind::value, owner, "has no option \"{}\"{} It has {}", name, hint(name, names),
       fmt::to_string(fmt::join(names, ", ")));
}

void check_number(std::string_view owner, const attune_option& option, double number) {
  if (!is_within(option, number)) {
    fail(ErrorKind::value, owner, "option {} is {}, outside {}: {}", option.name, number,
         range_of(option), option.doc);
  }
  if (!is_of_kind(option, number)) {
    fail(ErrorKind::value, owner, "option {} is {}: it must be {}", option.name, number,
         option.kind == ATTUNE_INT ? "an integer" : "true or false");
  }
}

double checked_value(std::string_view owner, const attune_option& option,
                     const OptionValue& value) {
  if (option.kind == ATTUNE_CHOICE) return choice_from(owner, option, value);
  const double number = value.is_text() ? number_from(owner, option, value.text()) : value.number();
  check_number(owner, option, number);
  return number;
}

std::vector<double> resolve(std::string_view owner, OptionTable table, const OptionList& given,
                            const OptionList& nearer) {
  std::vector<double> values;
  for (const attune_option* option : table) values.push_back(option->initial);
  for (const OptionList* list : {&given, &nearer}) {
    std::vector<const OptionValue*> seen(table.size());
    for (const auto& [name, value] : *list) {
      const auto i = static_cast<std::size_t>(option_index(owner, table, name));
      if (seen[i]) {
        fail(ErrorKind::value, owner, "option {} is given twice, as {} and as {}: leave one out",
             name, text_of(*seen[i]), text_of(value));
      }
      seen[i] = &value;
      values[i] = checked_value(owner, *table[i], value);
    }
  }
  return values;
}

}  // namespace attune::internal
