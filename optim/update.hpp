// The update of one group of parameters in one step: closures are prepared, then applied piece by
// piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "optim/optimizer.hpp"
#include "optim/transform.hpp"

namespace attune::optim {

class Update {
 public:
  Update(Optimizer::Impl& optimizer, GroupData& group, std::uint32_t number,
         const Transform& transform)
      : optimizer_(optimizer), group_(group), number_(number), transform_(transform) {}

  // The closures of the step, one for each count of updates that the group's parameters are at.
  // Writes nothing but the saved scalars.
  void prepare(const std::vector<double>& sums);

  // All pieces, in parallel. Error as the rule's own.
  void run();

 private:
  // The number of the update, as the rule sees it. Saved scalars move once per step of the group,
  // so a rule that has some counts the steps of the optimizer.
  std::uint64_t count(const Slot& slot) const;
  attune_step describe(std::uint64_t t, const std::vector<double>& sums) const;
  std::uint64_t seed() const;
  void* closure(std::size_t i);
  void update(const Piece& piece, const Slot& slot);
  template <class Call>
  void call(const Call& call) const;

  Optimizer::Impl& optimizer_;
  GroupData& group_;
  std::uint32_t number_;
  Transform transform_;
  std::vector<std::uint64_t> counts_;
  std::size_t stride_ = 0;
  std::vector<std::byte> memory_;
};

}  // namespace attune::optim
