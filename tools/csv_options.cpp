// A comma begins an option where a name and "=" follow; any other belongs to what stands before it.
#include "tools/csv_options.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <attune/registry.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/text.hpp"

namespace attune::tools {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const char* what) {
  throw Error(ErrorKind::value, "--data csv: " + option + "=" + value + ": " + what);
}

// Where the letters end that begin at `at`.
std::size_t end_of_word(const std::string& text, std::size_t at) {
  while (at < text.size() && ((text[at] >= 'a' && text[at] <= 'z') || text[at] == '_')) ++at;
  return at;
}

// A position, or else a name; a number in quotes is a name.
data::Column column(const Word& word) {
  if (const auto position = whole_number<int>(word.text); position && !word.quoted)
    return *position;
  return word.text;
}

bool truth(const std::string& name, const std::string& value) {
  if (value != "true" && value != "false") refuse(name, value, "true or false");
  return value == "true";
}

struct Option {
  const char *name, *form;
  void (*set)(data::CsvOptions& options, const std::string& name, const std::string& value);
};

constexpr Option table_options[] = {
    {"target", "=NAME|N",
     [](data::CsvOptions& options, const std::string&, const std::string& value) {
       const std::vector<Word> words = words_between_commas(value);
       const bool quoted = words.size() == 1 && words[0].quoted;
       options.target = column(quoted ? words[0] : Word{value});
     }},
    {"classes", "=true|false (false: a number to predict)",
     [](data::CsvOptions& options, const std::string& name, const std::string& value) {
       options.classes = truth(name, value);
     }},
    {"class_names", "=NAME,...",
     [](data::CsvOptions& options, const std::string&, const std::string& value) {
       options.class_names = split_at_commas(value);
     }},
    {"ignore", "=NAME|N,...",
     [](data::CsvOptions& options, const std::string&, const std::string& value) {
       for (const Word& word : words_between_commas(value)) options.ignore.push_back(column(word));
     }},
    {"header", "=true|false",
     [](data::CsvOptions& options, const std::string& name, const std::string& value) {
       options.header = truth(name, value);
     }},
    {"separator", "=C|tab",
     [](data::CsvOptions& options, const std::string& name, const std::string& value) {
       if (value != "tab" && value.size() != 1) refuse(name, value, "one character, or tab");
       options.separator = value == "tab" ? '\t' : value[0];
     }},
    {"skip_lines", "=N",
     [](data::CsvOptions& options, const std::string& name, const std::string& value) {
       const auto lines = whole_number<int>(value);
       if (!lines || *lines < 0) refuse(name, value, "a whole number from 0 on");
       options.skip_lines = *lines;
     }}};

void set(data::CsvOptions& options, const std::string& name, const std::string& value) {
  std::vector<std::string> known;
  for (const Option& option : table_options) {
    if (name == option.name) return option.set(options, name, value);
    known.emplace_back(option.name);
  }
  const std::string hint = did_you_mean(name, known);
  refuse(
      name, value,
      ("no option of a table" + (hint.empty() ? "; see: attune list data" : ": " + hint)).c_str());
}

std::string in_words_of_the_command(std::string message) {
  // What the command line has not.
  static const std::pair<const char*, const char*> other[] = {
      {": say .dtype = f64", ": divide the column by a power of ten"},
      {", ask for fewer, or say .stratify = false",
       "; or, where the target is a number and no class, say classes=false"},
      {". Without classes, say .stratify = false", ""}};
  for (const auto& [words, instead] : other) {
    const auto at = message.find(words);
    if (at != message.npos) message.replace(at, std::string_view(words).size(), instead);
  }
  // ".target = 3" and ".target" as "target=3" and "target=".
  for (std::size_t at = message.find('.'); at != message.npos; at = message.find('.', at + 1)) {
    const std::size_t end = end_of_word(message, at + 1);
    if (end == at + 1 || (at > 0 && message[at - 1] != ' ' && message[at - 1] != '(')) continue;
    const std::size_t equals = message.compare(end, 3, " = ") == 0 ? 3 : 0;
    message.replace(end, equals, "=");
    message.erase(at, 1);
  }
  return message;
}

}  // namespace

std::string csv_summary() {
  std::string text = "a table of numbers, the last column being the target; options: ";
  for (const Option& option : table_options) {
    text += option.name;
    text += option.form;
    text += ", ";
  }
  return text +
         "N counting from 0, or from the end from -1; a NAME with a comma, or that is a number, in "
         "quotes";
}

CsvArgument csv_argument(const std::string& text) {
  CsvArgument result;
  std::vector<std::pair<std::string, std::string>> given{{"file", ""}};
  std::size_t from = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    // Names of classes and columns may be in quotes; the name of the file is as it is.
    if (text[at] == '"' && given.size() > 1) quoted = !quoted;
    if (text[at] != ',' || quoted) continue;
    const std::size_t end = end_of_word(text, at + 1);
    if (end == at + 1 || end == text.size() || text[end] != '=') continue;
    given.back().second = text.substr(from, at - from);
    given.emplace_back(text.substr(at + 1, end - at - 1), "");
    from = end + 1;
  }
  given.back().second = text.substr(from);
  result.file = given[0].second;
  for (std::size_t i = 1; i < given.size(); ++i) {
    for (std::size_t k = 1; k < i; ++k) {
      if (given[k].first == given[i].first) {
        refuse(given[i].first, given[i].second, "given twice: leave one out");
      }
    }
    set(result.options, given[i].first, given[i].second);
  }
  return result;
}

std::string as_arguments(const std::string& message, const std::string& file) {
  const std::string named = file + ':';
  const std::size_t at = message.find(named);
  if (at == message.npos) return in_words_of_the_command(message);
  const std::size_t after = at + named.size();
  return message.substr(0, after) + in_words_of_the_command(message.substr(after));
}

}  // namespace attune::tools
