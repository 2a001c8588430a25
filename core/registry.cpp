// The messages of every Registry and the edit distance behind their suggestions.
#include <algorithm>
#include <attune/registry.hpp>
#include <fmt/format.h>

#include "core/fail.hpp"

namespace attune {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Restricted Damerau-Levenshtein distance: insert, delete, replace, swap neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> older(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    older.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + !same});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::string* nearest = nullptr;
  std::size_t least = (name.size() + 2) / 3;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    // Names of which no letter agrees are not alike, however short they are.
    if (distance > least || distance >= name.size() ||
        (nearest && distance == least && *nearest <= candidate))
      continue;
    least = distance;
    nearest = &candidate;
  }
  return nearest ? fmt::format("did you mean \"{}\"?", *nearest) : std::string();
}

namespace internal {

void name_is_taken(const std::string& what, std::string_view name, const std::string& holder,
                   const std::string& origin) {
  fail(ErrorKind::value, what,
       "the name \"{}\" is taken by {}, so {} cannot register it: choose another name", name,
       holder, origin);
}

void name_is_unknown(const std::string& what, std::string_view name,
                     std::span<const std::string> known) {
  const std::string hint = did_you_mean(name, known);
  fail(ErrorKind::value, what, "there is no \"{}\"{}{} ({})", name, hint.empty() ? "" : ": ", hint,
       known.empty() ? "none is registered" : fmt::format("there are: {}", fmt::join(known, ", ")));
}

}  // namespace internal
}  // namespace attune
