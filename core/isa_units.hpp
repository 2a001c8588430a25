// What cmake/kernel_units.cmake generates a table of: the functions that the files of one folder
// define for one instruction set. Not a registry: the table is complete when the compiler has seen
// it.
#pragma once

#include <cstddef>
#include <string_view>

namespace attune::internal {

template <class Function>
struct IsaUnits {
  const char* isa;
  Function* const* units;
  int count;

  Function* const* begin() const { return units; }
  Function* const* end() const { return units + count; }
};

// The entry of `isa` in a generated table, or null.
template <class Function, std::size_t entries>
const IsaUnits<Function>* units_of(const IsaUnits<Function> (&table)[entries],
                                   std::string_view isa) {
  for (const IsaUnits<Function>& entry : table)
    if (isa == entry.isa) return &entry;
  return nullptr;
}

}  // namespace attune::internal
