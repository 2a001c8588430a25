// Which operations a function performs: for reading, for exports, and for whoever counts them.
//
// Layer: autograd.
#pragma once

#include <attune/export.hpp>
#include <attune/tensor.hpp>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace attune {

// One operation, or a tensor that came from outside.
struct TraceNode {
  // "matmul"; "input" for an input of the traced function, "constant" for any other tensor that no
  // traced operation made (a parameter, a saved table); "+=", "copy_", "fill_" and the like for a
  // write in place of its inputs; "shared_memory" where a tensor is used after writes (all inputs
  // but the first) through another one with the same memory.
  std::string operation;
  std::string name;                 // the path of a parameter, "input 0", or ""
  std::vector<std::size_t> inputs;  // positions of earlier nodes
  // As the operation recorded them; of a constant of no axes, such as a number beside a tensor, its
  // value. "left_out" has the positions among the operation's tensors, from 0, that were not given
  // before one that was.
  std::vector<std::pair<std::string, std::string>> attributes;
  Shape shape;
  DType dtype = f32;
  bool requires_grad = false;
};

// What trace() saw, in the order of execution: a node stands after its inputs.
struct ATTUNE_API Trace {
  std::vector<TraceNode> nodes;
  std::size_t result = 0;  // the node that the function returned

  // The graph in the DOT language of Graphviz: `dot -Tsvg`.
  std::string dot() const;
};

// A table: position, operation, inputs, attributes, shape, type.
ATTUNE_API std::ostream& operator<<(std::ostream& out, const Trace& trace);

// Runs `function` once and notes every operation that this thread performs in it. One that is made
// of others and has no derivative of its own appears as these others. What is stored through
// mutable_data() or an xtensor view is not seen. Recording, evaluation and the like are as the
// caller's mode says. Errors: state when a trace is running in this thread, or the result is
// undefined; value for a null function.
ATTUNE_API Trace trace(const std::function<Tensor(std::span<const Tensor>)>& function,
                       std::span<const Tensor> inputs);

}  // namespace attune
