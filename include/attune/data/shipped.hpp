// The data sets that attune comes with, and those it finds on the system.
//
// Layer: data.
//
// Files are looked for in the folders of the environment variable ATTUNE_DATA_PATH (separated by
// colons), then beside the library, as installed or in its build tree. Error (io) naming the file
// and all folders when it is nowhere.
#pragma once

#include <attune/data/set.hpp>
#include <string>
#include <vector>

namespace attune::data {

// Handwritten digits (Alpaydin, Kaynak 1998, UCI, CC BY 4.0): x f32 [1797, 64], values 0 ... 16,
// an 8 x 8 picture row by row; y i64 [1797], 0 ... 9.
ATTUNE_API Set digits(DType dtype = f32);

// Breast cancer Wisconsin, diagnostic (Wolberg et al. 1995, UCI, CC BY 4.0): x f32 [569, 30],
// features of very different scale; y i64 [569], 0 malignant, 1 benign.
ATTUNE_API Set breast_cancer(DType dtype = f32);

struct ImageOptions {
  // The shape of one picture: {1, 28, 28} for convolutions, {784} for a network without.
  Shape sample = {1, 28, 28};
};

// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747, MIT): 60000 and 10000 grey pictures
// of clothes in ten classes. x is held as u8 and delivered as f32 0 ... 1, y i64. From Debian's
// package dataset-fashion-mnist, or from a folder of ATTUNE_DATA_PATH with its four .gz files.
// Errors: io, with the command that installs the package; shape, unless `sample` has 784 elements.
// Takes half a second.
ATTUNE_API TrainTest fashion_mnist(const ImageOptions& options = {});

// The files that the sets above are read from, wherever they lie now: to copy, to hash, or to see
// that nothing writes over them. Errors as of the sets.
ATTUNE_API std::string digits_file();
ATTUNE_API std::string breast_cancer_file();
ATTUNE_API std::vector<std::string> fashion_mnist_files();

}  // namespace attune::data
