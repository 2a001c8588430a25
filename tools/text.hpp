// Words of a command line: whole numbers, and lists separated by commas.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace attune::tools {

// The number that the text is, nothing before or after it; none where it is no number or is too
// large for T.
template <class T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional<T>(number) : std::nullopt;
}

struct Word {
  std::string text;
  bool quoted = false;
};

// The words of "a,b", which may be empty; of "" none. A word in quotes keeps its commas, and a
// doubled quote in it is one, as in a table.
inline std::vector<Word> words_between_commas(std::string_view text) {
  std::vector<Word> words;
  if (!text.empty()) words.emplace_back();
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Word& word = words.back();
    if (text[at] == '"' && (quoted || word.text.empty())) {
      if (quoted && at + 1 < text.size() && text[at + 1] == '"')
        word.text += text[at++];
      else
        quoted = !quoted;
      word.quoted = true;
    } else if (text[at] == ',' && !quoted) {
      words.emplace_back();
    } else {
      word.text += text[at];
    }
  }
  return words;
}

inline std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (Word& word : words_between_commas(text)) parts.push_back(std::move(word.text));
  return parts;
}

// "a", "b, c" in quotes, with commas between: split_at_commas reads it again.
inline std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += ',';
    text += '"';
    for (const char c : part) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  return text;
}

}  // namespace attune::tools
