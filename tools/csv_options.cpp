// A comma begins an option where a name and "=" follow; any other belongs to what stands before it.
#include "tools/csv_options.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <attune/registry.hpp>
#include <charconv>
#include <optional>
#include <regex>
#include <string_view>
#include <utility>
#include <vector>

namespace attune::tools {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const char* what) {
  throw Error(ErrorKind::value, "--data csv: " + option + "=" + value + ": " + what);
}

std::optional<int> whole_number(const std::string& text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

data::Column column(const std::string& text) {
  if (const auto position = whole_number(text)) return *position;
  return text;
}

void set(data::CsvOptions& options, const std::string& name, const std::string& value) {
  const auto truth = [&] {
    if (value != "true" && value != "false") refuse(name, value, "true or false");
    return value == "true";
  };
  if (name == "target") {
    options.target = column(value);
  } else if (name == "ignore") {
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t comma = std::min(value.find(',', at), value.size());
      options.ignore.push_back(column(value.substr(at, comma - at)));
      at = comma + 1;
    }
  } else if (name == "classes") {
    options.classes = truth();
  } else if (name == "header") {
    options.header = truth();
  } else if (name == "separator") {
    if (value != "tab" && value.size() != 1) refuse(name, value, "one character, or tab");
    options.separator = value == "tab" ? '\t' : value[0];
  } else if (name == "skip_lines") {
    const auto lines = whole_number(value);
    if (!lines) refuse(name, value, "a whole number");
    options.skip_lines = *lines;
  } else {
    const std::vector<std::string> known{"target", "ignore",    "classes",
                                         "header", "separator", "skip_lines"};
    const std::string hint = did_you_mean(name, known);
    refuse(name, value,
           ("no option of a table" + (hint.empty() ? "; see: attune list data" : ": " + hint))
               .c_str());
  }
}

}  // namespace

CsvArgument csv_argument(const std::string& text) {
  static const std::regex beginning(",([a-z_]+)=");
  CsvArgument result;
  std::vector<std::pair<std::string, std::string>> given{{"file", ""}};
  auto from = text.begin();
  for (std::sregex_iterator at(text.begin(), text.end(), beginning), end; at != end; ++at) {
    const auto found = (*at)[0];
    given.back().second.assign(from, found.first);
    given.emplace_back((*at)[1].str(), "");
    from = found.second;
  }
  given.back().second.assign(from, text.end());
  result.file = given[0].second;
  for (std::size_t i = 1; i < given.size(); ++i) {
    set(result.options, given[i].first, given[i].second);
  }
  return result;
}

std::string as_arguments(std::string message) {
  // What the command line has not.
  static const std::pair<const char*, const char*> other[] = {
      {": say .dtype = f64", ": divide the column by a power of ten"},
      {", ask for fewer, or say .stratify = false", ""},
      {". Without classes, say .stratify = false", ""}};
  for (const auto& [words, instead] : other) {
    const auto at = message.find(words);
    if (at != message.npos) message.replace(at, std::string_view(words).size(), instead);
  }
  static const std::regex field("(^|[ (])\\.([a-z_]+)( = )?");
  return std::regex_replace(message, field, "$1$2=");
}

}  // namespace attune::tools
