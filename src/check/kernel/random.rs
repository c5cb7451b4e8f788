//! Random numbers: functions of `np.random`.

use super::calls::Call;
use super::expr::{int, node};
use super::infer::Inference;
use super::{Distribution, Intrinsic, Meaning, Node, Type};
use crate::diag::{Error, ErrorKind, Result};
use crate::syntax::ast::NodeId;
use crate::types::{DType, Kind};

impl Inference<'_, '_> {
    /// `np.random.` and a name.
    pub(super) fn random(&mut self, name: &str, call: Call<'_>) -> Result<Node> {
        use Distribution as D;
        let none = [None; 2];
        match name {
            "seed" => {
                let [seed] = self.bind(call, ["seed"], 1)?;
                let seed = seed.expect("it is needed");
                self.is_whole(seed)?;
                Ok(node(Type::None, Meaning::Intrinsic(Intrinsic::Seed, vec![seed])))
            }
            "random" | "random_sample" | "ranf" | "sample" => {
                let [size] = self.bind(call, ["size"], 0)?;
                self.drawn(D::Uniform, none, size)
            }
            "rand" | "randn" => {
                let distribution = if name == "rand" { D::Uniform } else { D::Normal };
                if let Some((key, span, _)) = call.keywords.first() {
                    return Err(self.no_parameter(name, key, *span, &[]));
                }
                call.args.iter().try_for_each(|&length| self.is_whole(length))?;
                let ty = match call.args.len() as u32 {
                    0 => Type::Number(DType::Float64),
                    rank => Type::Array { dtype: DType::Float64, rank },
                };
                let intrinsic = Intrinsic::Random(distribution, [false; 2]);
                Ok(node(ty, Meaning::Intrinsic(intrinsic, call.args.to_vec())))
            }
            "standard_normal" => {
                let [size] = self.bind(call, ["size"], 0)?;
                self.drawn(D::Normal, none, size)
            }
            "uniform" => {
                let [low, high, size] = self.bind(call, ["low", "high", "size"], 0)?;
                self.drawn(D::Uniform, [low, high], size)
            }
            "normal" => {
                let [mean, deviation, size] = self.bind(call, ["loc", "scale", "size"], 0)?;
                self.drawn(D::Normal, [mean, deviation], size)
            }
            "randint" => {
                let [low, high, size] = self.bind(call, ["low", "high", "size"], 1)?;
                // One number is the end.
                let ends = if high.is_some() { [low, high] } else { [None, low] };
                self.drawn(D::Integers, ends, size)
            }
            _ => {
                let message = format!("`np.random.{name}` is not built in kernels");
                Err(Error::new(ErrorKind::Unsupported, message).at(call.span, "").help(
                    "there are seed, random, rand, randn, uniform, normal, standard_normal and randint",
                ))
            }
        }
    }

    fn drawn(
        &mut self,
        distribution: Distribution,
        params: [Option<NodeId>; 2],
        size: Option<NodeId>,
    ) -> Result<Node> {
        let size = size.filter(|&size| *self.ty(size) != Type::None);
        let whole = distribution == Distribution::Integers;
        for param in params.into_iter().flatten() {
            match self.ty(param).clone() {
                _ if whole => self.is_whole(param)?,
                ty if ty.kind().is_some_and(|kind| kind != Kind::Complex) => (),
                Type::Unknown => (),
                Type::Array { .. } => {
                    return Err(self
                        .unbuilt(param, "random numbers of arrays of parameters are not built yet")
                        .help("write a loop over the elements"));
                }
                ty => return Err(self.not_real(param, &ty)),
            }
        }
        let dtype = if whole { DType::Int64 } else { DType::Float64 };
        let ty = match size {
            Some(size) => Type::Array { dtype, rank: self.rank_of_shape(size)? },
            None if whole => int(),
            None => Type::Number(dtype),
        };
        let args = params.into_iter().chain([size]).flatten().collect();
        let intrinsic = Intrinsic::Random(distribution, params.map(|param| param.is_some()));
        Ok(node(ty, Meaning::Intrinsic(intrinsic, args)))
    }
}
