// A table from names to whatever they stand for (rules, layers, initializers, plugins' parts), in
// sorted order whatever the order of registration. An entry stays for the life of the registry, so
// references to it stay valid. All members may be called from several threads at once.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace attune {

// `did you mean "adam"?` for the candidate nearest to the name (least edit distance, swaps of
// neighbours counting once; case ignored), or "" when none is near: further than a third of the
// name's length, rounded up, or without a letter that agrees. Of equally near candidates the first
// in sorted order.
ATTUNE_API std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

namespace internal {
[[noreturn]] ATTUNE_API void name_is_taken(const std::string& what, std::string_view name,
                                           const std::string& holder, const std::string& origin);
[[noreturn]] ATTUNE_API void name_is_unknown(const std::string& what, std::string_view name,
                                             std::span<const std::string> known);
}  // namespace internal

template <class T>
class Registry {
 public:
  // What an entry is called in messages: "optimizer rule".
  explicit Registry(std::string what) : what_(std::move(what)) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Registers a value; `origin` says who does ("attune", a plugin's path) and appears in messages.
  // Error(value) when the name is taken, naming its holder; the registry is then unchanged.
  const T& add(std::string name, T value, std::string origin) {
    const std::unique_lock lock(mutex_);
    const auto [place, added] =
        entries_.try_emplace(std::move(name), std::move(value), std::move(origin));
    if (!added) internal::name_is_taken(what_, place->first, place->second.origin, origin);
    return place->second.value;
  }

  // The entry, or nullptr. O(log n).
  const T* find(std::string_view name) const {
    const Entry* const entry = look_up(name);
    return entry ? &entry->value : nullptr;
  }

  // The entry. Error(value) when there is none, with the nearest name and the list of all.
  const T& at(std::string_view name) const { return entry_at(name).value; }

  // Who registered the name. Error(value) as for at().
  const std::string& origin(std::string_view name) const { return entry_at(name).origin; }

  // All names, sorted.
  std::vector<std::string> names() const {
    const std::shared_lock lock(mutex_);
    std::vector<std::string> all;
    all.reserve(entries_.size());
    for (const auto& [name, entry] : entries_) all.push_back(name);
    return all;
  }

 private:
  struct Entry {
    Entry(T v, std::string o) : value(std::move(v)), origin(std::move(o)) {}
    T value;
    std::string origin;
  };

  const Entry* look_up(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto place = entries_.find(name);
    return place == entries_.end() ? nullptr : &place->second;
  }

  const Entry& entry_at(std::string_view name) const {
    if (const Entry* const entry = look_up(name)) return *entry;
    internal::name_is_unknown(what_, name, names());
  }

  const std::string what_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace attune
