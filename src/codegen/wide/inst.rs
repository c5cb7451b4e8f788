//! The instructions of the machine, over virtual registers.
//!
//! A row of the table says how an instruction is encoded and what it may read from memory; rows
//! are shared by VEX (256 bits) and EVEX (512 bits), which have the same opcodes. This file must
//! not know the IR.

/// A virtual register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(super) struct V(pub u32);

impl V {
    pub const NONE: V = V(u32::MAX);

    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where an operand lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mem {
    /// `disp` bytes from the element at hand of a stream (array or output) with elements of `scale` bytes.
    Stream { at: u16, disp: i32, scale: u8 },
    /// `disp` bytes from the element at hand of a stream of which each element has two of `scale` bytes in memory: a complex
    /// number, or one of which every other is left out.
    Pair { at: u16, disp: i32, scale: u8 },
    /// `disp` bytes from the partial of the element at hand; `at` is the stream of the partials, `cycle` their number.
    Partial { at: u16, disp: i32, scale: u8, cycle: u8 },
    /// `disp` bytes from the start of a stream.
    Start { at: u16, disp: i32 },
    /// What lies `disp` bytes from the start of the first element of a stream, `elem` bytes: the same for a whole row.
    Row { at: u16, disp: u8, elem: u8 },
    /// An offset in the table of constants; one element of `elem` bytes, or with 0 a full register.
    Const { offset: u32, elem: u8 },
    /// A uniform, one element of `elem` bytes.
    Uniform { at: u32, elem: u8 },
    /// A register-wide place in the frame.
    Slot(u32),
}

impl Mem {
    /// Bytes of the one element that stands for all lanes; 0 where every lane has its own.
    pub fn element(self) -> u8 {
        match self {
            Mem::Const { elem, .. } | Mem::Uniform { elem, .. } | Mem::Row { elem, .. } => elem,
            _ => 0,
        }
    }

    /// Whether each trip finds the same there.
    pub fn is_fixed(self) -> bool {
        matches!(self, Mem::Row { .. } | Mem::Const { .. } | Mem::Uniform { .. } | Mem::Slot(_))
    }
}

/// An operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arg {
    None,
    V(V),
    M(Mem),
}

/// An instruction: operands in the order of Intel's manual. A third operand is the addend of an
/// fma, the last of a [`Form::Tern`], the mask register of a blend in 512 bits, or the mask of a
/// blend in 256 bits. Elsewhere in 512 bits it is a mask too: lanes not in it are those of a
/// fourth operand, or zero where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct MachInst {
    pub op: Opcode,
    /// Bytes of the vector length.
    pub size: u8,
    /// The immediate; of an fma, which signs it changes ([`NEGATED_PRODUCT`], [`NEGATED_ADDEND`]).
    pub imm: u8,
    /// [`V::NONE`] for stores.
    pub dst: V,
    pub args: [Arg; 4],
}

impl MachInst {
    /// Stands where an instruction was.
    pub const NOTHING: MachInst =
        MachInst { op: Opcode::Move, size: 0, imm: 0, dst: V::NONE, args: [Arg::None; 4] };

    pub fn is_nothing(&self) -> bool {
        self.dst == V::NONE && self.args[0] == Arg::None
    }
}

/// What is added to the opcode of an fma that changes signs.
pub(super) const NEGATED_ADDEND: u8 = 2;
pub(super) const NEGATED_PRODUCT: u8 = 4;

/// What the fields of an encoding hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// dst, src, src or memory.
    Rvm,
    /// dst, src or memory.
    Rm,
    /// dst or memory, src.
    Mr,
    /// d = a * b + c, where one of the sources is the destination.
    Fma,
    /// Three sources of which one is the destination, any of them.
    Tern,
    /// dst, src, src or memory, mask.
    Rvmr,
    /// No instruction: see [`Opcode::Host`].
    Host,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum W {
    /// 0.
    W0,
    /// 1.
    W1,
    /// 1 in EVEX alone.
    We,
}

/// The opcode map, by the bytes before the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(clippy::enum_variant_names, reason = "as manuals write them")]
pub(super) enum Map {
    M0F = 1,
    M0F38 = 2,
    M0F3A = 3,
}

/// The prefix that is part of the opcode, by its number in VEX and EVEX; NP is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Prefix {
    NP = 0,
    P66 = 1,
    PF3 = 2,
    PF2 = 3,
}

/// What an encoding has beyond an opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Extra {
    /// EVEX can broadcast an element of 8 bits from memory.
    B8,
    /// Of 16 bits.
    B16,
    /// Of 32 bits.
    B32,
    /// Of 64 bits.
    B64,
    /// A memory operand has half the vector's length.
    Half,
    /// A quarter.
    Quarter,
    /// An eighth.
    Eighth,
    /// An immediate byte.
    Imm,
}

pub(super) struct Row {
    pub form: Form,
    pub map: Map,
    pub prefix: Prefix,
    pub opcode: u8,
    pub w: W,
    /// Bytes of the element that EVEX can broadcast from memory; 0 where it cannot.
    pub elem: u8,
    /// A memory operand has the vector length shifted right by this.
    pub shift: u8,
    pub imm: bool,
}

const fn row(form: Form, prefix: Prefix, map: Map, opcode: u8, w: W, extras: &[Extra]) -> Row {
    let mut row = Row { form, map, prefix, opcode, w, elem: 0, shift: 0, imm: false };
    let mut at = 0;
    while at < extras.len() {
        match extras[at] {
            Extra::B8 => row.elem = 1,
            Extra::B16 => row.elem = 2,
            Extra::B32 => row.elem = 4,
            Extra::B64 => row.elem = 8,
            Extra::Half => row.shift = 1,
            Extra::Quarter => row.shift = 2,
            Extra::Eighth => row.shift = 3,
            Extra::Imm => row.imm = true,
        }
        at += 1;
    }
    row
}

macro_rules! ops {
    ($($name:ident: $form:ident $prefix:ident $map:ident $opcode:literal $w:ident $($extra:ident)*;)*) => {
        /// An instruction's name: Intel's, with the type of its lanes.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Opcode { $($name,)* }

        const ROWS: &[Row] =
            &[$(row(Form::$form, Prefix::$prefix, Map::$map, $opcode, W::$w, &[$(Extra::$extra),*]),)*];
    };
}

ops! {
    // name: form prefix map opcode w, and what else it has
    Load: Rm NP M0F 0x10 W0;
    LoadPd: Rm P66 M0F 0x10 We;
    Store: Mr NP M0F 0x11 W0;
    StoreNt: Mr NP M0F 0x2b W0;
    Move: Rm NP M0F 0x28 W0;
    LoadQ: Rm PF3 M0F 0x7e We Half;
    StoreQ: Mr P66 M0F 0xd6 We Half;
    StoreD: Mr P66 M0F 0x7e W0 Quarter;
    BroadcastSs: Rm P66 M0F38 0x18 W0 B32;
    BroadcastSd: Rm P66 M0F38 0x19 We B64;
    BroadcastB: Rm P66 M0F38 0x78 W0 B8;
    BroadcastW: Rm P66 M0F38 0x79 W0 B16;

    AddPd: Rvm P66 M0F 0x58 We B64;
    AddPs: Rvm NP M0F 0x58 W0 B32;
    AddSd: Rvm PF2 M0F 0x58 We Half;
    AddSs: Rvm PF3 M0F 0x58 W0 Quarter;
    MulPd: Rvm P66 M0F 0x59 We B64;
    MulPs: Rvm NP M0F 0x59 W0 B32;
    SubPd: Rvm P66 M0F 0x5c We B64;
    SubPs: Rvm NP M0F 0x5c W0 B32;
    MinPd: Rvm P66 M0F 0x5d We B64;
    MinPs: Rvm NP M0F 0x5d W0 B32;
    DivPd: Rvm P66 M0F 0x5e We B64;
    DivPs: Rvm NP M0F 0x5e W0 B32;
    MaxPd: Rvm P66 M0F 0x5f We B64;
    MaxPs: Rvm NP M0F 0x5f W0 B32;
    SqrtPd: Rm P66 M0F 0x51 We B64;
    SqrtPs: Rm NP M0F 0x51 W0 B32;
    AndPd: Rvm P66 M0F 0x54 We B64;
    AndPs: Rvm NP M0F 0x54 W0 B32;
    AndNPd: Rvm P66 M0F 0x55 We B64;
    AndNPs: Rvm NP M0F 0x55 W0 B32;
    XorPd: Rvm P66 M0F 0x57 We B64;
    XorPs: Rvm NP M0F 0x57 W0 B32;
    RoundPd: Rm P66 M0F3A 0x09 We B64 Imm;
    RoundPs: Rm P66 M0F3A 0x08 W0 B32 Imm;
    FmaPd: Fma P66 M0F38 0x98 W1 B64;
    FmaPs: Fma P66 M0F38 0x98 W0 B32;
    CmpPd: Rvm P66 M0F 0xc2 We B64 Imm;
    CmpPs: Rvm NP M0F 0xc2 W0 B32 Imm;
    ShufPs: Rvm NP M0F 0xc6 W0 B32 Imm;
    ShufPd: Rvm P66 M0F 0xc6 We B64 Imm;
    PermPd: Rm P66 M0F3A 0x01 W1 B64 Imm;
    UnpackLowPd: Rvm P66 M0F 0x14 We B64;
    UnpackHighPd: Rvm P66 M0F 0x15 We B64;
    UnpackLowPs: Rvm NP M0F 0x14 W0 B32;
    UnpackHighPs: Rvm NP M0F 0x15 W0 B32;

    PAddD: Rvm P66 M0F 0xfe W0 B32;
    PAddQ: Rvm P66 M0F 0xd4 We B64;
    PSubD: Rvm P66 M0F 0xfa W0 B32;
    PSubQ: Rvm P66 M0F 0xfb We B64;
    PMulLD: Rvm P66 M0F38 0x40 W0 B32;
    PMulLQ: Rvm P66 M0F38 0x40 We B64;
    PMulUDQ: Rvm P66 M0F 0xf4 We B64;
    PMinUD: Rvm P66 M0F38 0x3b W0 B32;
    PMaxUD: Rvm P66 M0F38 0x3f W0 B32;
    PAndD: Rvm P66 M0F 0xdb W0 B32;
    PAndQ: Rvm P66 M0F 0xdb We B64;
    POrD: Rvm P66 M0F 0xeb W0 B32;
    POrQ: Rvm P66 M0F 0xeb We B64;
    PXorD: Rvm P66 M0F 0xef W0 B32;
    PXorQ: Rvm P66 M0F 0xef We B64;
    PMinSD: Rvm P66 M0F38 0x39 W0 B32;
    PMinSQ: Rvm P66 M0F38 0x39 We B64;
    PMaxSD: Rvm P66 M0F38 0x3d W0 B32;
    PMaxSQ: Rvm P66 M0F38 0x3d We B64;
    PAbsD: Rm P66 M0F38 0x1e W0 B32;
    PAbsQ: Rm P66 M0F38 0x1f We B64;
    PSllVD: Rvm P66 M0F38 0x47 W0 B32;
    PSllVQ: Rvm P66 M0F38 0x47 W1 B64;
    PSrlVD: Rvm P66 M0F38 0x45 W0 B32;
    PSrlVQ: Rvm P66 M0F38 0x45 W1 B64;
    PSraVD: Rvm P66 M0F38 0x46 W0 B32;
    PSraVQ: Rvm P66 M0F38 0x46 W1 B64;
    PShufD: Rm P66 M0F 0x70 W0 B32 Imm;

    // Lanes of 8 and 16 bits.
    PAddB: Rvm P66 M0F 0xfc W0;
    PAddW: Rvm P66 M0F 0xfd W0;
    PSubB: Rvm P66 M0F 0xf8 W0;
    PSubW: Rvm P66 M0F 0xf9 W0;
    PMulLW: Rvm P66 M0F 0xd5 W0;
    PMinSB: Rvm P66 M0F38 0x38 W0;
    PMinUB: Rvm P66 M0F 0xda W0;
    PMinSW: Rvm P66 M0F 0xea W0;
    PMinUW: Rvm P66 M0F38 0x3a W0;
    PMaxSB: Rvm P66 M0F38 0x3c W0;
    PMaxUB: Rvm P66 M0F 0xde W0;
    PMaxSW: Rvm P66 M0F 0xee W0;
    PMaxUW: Rvm P66 M0F38 0x3e W0;
    PAbsB: Rm P66 M0F38 0x1c W0;
    PAbsW: Rm P66 M0F38 0x1d W0;

    ExtractI128: Mr P66 M0F3A 0x39 W0 Half Imm;

    // 256 bits alone: masks as wide as the lanes they choose.
    PCmpEqD: Rvm P66 M0F 0x76 W0 B32;
    PCmpEqQ: Rvm P66 M0F38 0x29 W0 B64;
    PCmpGtD: Rvm P66 M0F 0x66 W0 B32;
    PCmpGtQ: Rvm P66 M0F38 0x37 W0 B64;
    BlendVPd: Rvmr P66 M0F3A 0x4b W0;
    BlendVPs: Rvmr P66 M0F3A 0x4a W0;
    PBlendD: Rvm P66 M0F3A 0x02 W0 Imm;
    PackSsDW: Rvm P66 M0F 0x6b W0;
    PackSsWB: Rvm P66 M0F 0x63 W0;
    PackUsDW: Rvm P66 M0F38 0x2b W0;
    PackUsWB: Rvm P66 M0F 0x67 W0;
    PMovZxBQ: Rm P66 M0F38 0x32 W0 Eighth;

    PTest: Rm P66 M0F38 0x17 W0;

    // 512 bits alone: masks in registers of their own.
    ExtractI256: Mr P66 M0F3A 0x3b We Half Imm;
    PCmpD: Rvm P66 M0F3A 0x1f W0 B32 Imm;
    PCmpQ: Rvm P66 M0F3A 0x1f We B64 Imm;
    PCmpUD: Rvm P66 M0F3A 0x1e W0 B32 Imm;
    PCmpUQ: Rvm P66 M0F3A 0x1e We B64 Imm;
    PCmpB: Rvm P66 M0F3A 0x3f W0 Imm;
    PCmpUB: Rvm P66 M0F3A 0x3e W0 Imm;
    PCmpW: Rvm P66 M0F3A 0x3f We Imm;
    PCmpUW: Rvm P66 M0F3A 0x3e We Imm;
    PMinUQ: Rvm P66 M0F38 0x3b We B64;
    PMaxUQ: Rvm P66 M0F38 0x3f We B64;
    PSllVW: Rvm P66 M0F38 0x12 We;
    PSrlVW: Rvm P66 M0F38 0x10 We;
    PSraVW: Rvm P66 M0F38 0x11 We;
    PTestMB: Rvm P66 M0F38 0x26 W0;
    PTestMD: Rvm P66 M0F38 0x27 W0 B32;
    PTestMQ: Rvm P66 M0F38 0x27 We B64;
    PTestNMD: Rvm PF3 M0F38 0x27 W0 B32;
    PTestNMQ: Rvm PF3 M0F38 0x27 We B64;
    PTernLogD: Tern P66 M0F3A 0x25 W0 B32 Imm;
    PTernLogQ: Tern P66 M0F3A 0x25 We B64 Imm;
    PBlendMD: Rvm P66 M0F38 0x64 W0 B32;
    PBlendMQ: Rvm P66 M0F38 0x64 We B64;
    PBlendMB: Rvm P66 M0F38 0x66 W0;
    PBlendMW: Rvm P66 M0F38 0x66 We;
    BlendMPs: Rvm P66 M0F38 0x65 W0 B32;
    BlendMPd: Rvm P66 M0F38 0x65 We B64;
    ScalefPd: Rvm P66 M0F38 0x2c We B64;
    ScalefPs: Rvm P66 M0F38 0x2c W0 B32;
    GetExpPd: Rm P66 M0F38 0x42 We B64;
    GetExpPs: Rm P66 M0F38 0x42 W0 B32;
    GetMantPd: Rm P66 M0F3A 0x26 We B64 Imm;
    GetMantPs: Rm P66 M0F3A 0x26 W0 B32 Imm;
    LoadBytes: Rm PF2 M0F 0x6f W0;
    LoadWords: Rm PF2 M0F 0x6f We;
    KLoad: Rm NP M0F 0x90 W0;
    KStore: Mr NP M0F 0x91 W0;
    KNot: Rm NP M0F 0x44 W0;
    KAnd: Rvm NP M0F 0x41 W0;
    KAndN: Rvm NP M0F 0x42 W0;
    KOr: Rvm NP M0F 0x45 W0;
    KXnor: Rvm NP M0F 0x46 W0;
    KXor: Rvm NP M0F 0x47 W0;
    KOrTest: Rm NP M0F 0x98 W0;

    // The first operand is the order of the second's lanes.
    PermVPd: Rvm P66 M0F38 0x16 W1 B64;

    // Between types.
    PMovSxDQ: Rm P66 M0F38 0x25 W0 Half;
    PMovZxDQ: Rm P66 M0F38 0x35 W0 Half;
    PMovSxBW: Rm P66 M0F38 0x20 W0 Half;
    PMovZxBW: Rm P66 M0F38 0x30 W0 Half;
    PMovSxBD: Rm P66 M0F38 0x21 W0 Quarter;
    PMovZxBD: Rm P66 M0F38 0x31 W0 Quarter;
    PMovSxWD: Rm P66 M0F38 0x23 W0 Half;
    PMovZxWD: Rm P66 M0F38 0x33 W0 Half;
    PMovQD: Mr PF3 M0F38 0x35 W0 Half;
    PMovWB: Mr PF3 M0F38 0x30 W0 Half;
    PMovDB: Mr PF3 M0F38 0x31 W0 Quarter;
    PMovDW: Mr PF3 M0F38 0x33 W0 Half;
    CvtDq2Ps: Rm NP M0F 0x5b W0 B32;
    CvtDq2Pd: Rm PF3 M0F 0xe6 W0 B32 Half;
    CvtTPs2Dq: Rm PF3 M0F 0x5b W0 B32;
    CvtTPd2Dq: Rm P66 M0F 0xe6 We B64;
    CvtPs2Pd: Rm NP M0F 0x5a W0 B32 Half;
    CvtPd2Ps: Rm P66 M0F 0x5a We B64;
    CvtQq2Pd: Rm PF3 M0F 0xe6 We B64;
    CvtQq2Ps: Rm NP M0F 0x5b We B64;
    CvtTPd2Qq: Rm P66 M0F 0x7a We B64;
    CvtTPs2Qq: Rm P66 M0F 0x7a W0 B32 Half;
    CvtUdq2Ps: Rm PF2 M0F 0x7a W0 B32;
    CvtUdq2Pd: Rm PF3 M0F 0x7a W0 B32 Half;
    CvtUqq2Pd: Rm PF3 M0F 0x7a We B64;
    CvtUqq2Ps: Rm PF2 M0F 0x7a We B64;
    CvtTPs2Udq: Rm NP M0F 0x78 W0 B32;
    CvtTPd2Udq: Rm NP M0F 0x78 We B64;
    CvtTPd2Uqq: Rm P66 M0F 0x78 We B64;
    CvtTPs2Uqq: Rm P66 M0F 0x78 W0 B32 Half;

    // The second operand; where the third, a mask, has a lane, a function of the host changes it
    // for what the first operand is. The immediate says which of the draft's functions.
    Host: Host NP M0F 0 W0;
}

impl Opcode {
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Works on mask registers alone, which VEX encodes.
    pub fn on_masks(self) -> bool {
        (Opcode::KLoad as u8..=Opcode::KOrTest as u8).contains(&(self as u8))
    }

    /// The first two operands may change places.
    pub fn commutes(self) -> bool {
        use Opcode::*;
        matches!(
            self,
            AddPd
                | AddPs
                | MulPd
                | MulPs
                | AndPd
                | AndPs
                | XorPd
                | XorPs
                | PAddD
                | PAddQ
                | PMulLD
                | PMulLQ
                | PMulUDQ
                | PAndD
                | PAndQ
                | POrD
                | POrQ
                | PXorD
                | PXorQ
                | PMinSD
                | PMinSQ
                | PMaxSD
                | PMaxSQ
                | PMinUD
                | PMinUQ
                | PMaxUD
                | PMaxUQ
                | PAddB
                | PAddW
                | PMulLW
                | PMinSB
                | PMinUB
                | PMinSW
                | PMinUW
                | PMaxSB
                | PMaxUB
                | PMaxSW
                | PMaxUW
                | PCmpEqD
                | PCmpEqQ
                | FmaPd
                | FmaPs
        )
    }

    /// Its memory operand is one element by nature.
    pub fn is_broadcast(self) -> bool {
        matches!(self, Opcode::BroadcastSs | Opcode::BroadcastSd | Opcode::BroadcastB | Opcode::BroadcastW)
    }

    /// A mask chooses between the operands; elsewhere it makes lanes zero.
    pub fn blends(self) -> bool {
        use Opcode::*;
        matches!(self, PBlendMD | PBlendMQ | PBlendMB | PBlendMW | BlendMPs | BlendMPd)
    }

    /// The result is a mask register in 512 bits.
    pub fn gives_mask(self) -> bool {
        self.on_masks() || self.compares()
    }

    /// In 512 bits it gives a mask of numbers, and may do so under another mask.
    pub fn compares(self) -> bool {
        use Opcode::*;
        matches!(self, CmpPd | CmpPs | PTestMB | PTestMD | PTestMQ | PTestNMD | PTestNMQ) || self.orders()
    }

    /// In 512 bits it compares integers, as the immediate says.
    pub fn orders(self) -> bool {
        use Opcode::*;
        matches!(self, PCmpD | PCmpQ | PCmpUD | PCmpUQ | PCmpB | PCmpUB | PCmpW | PCmpUW)
    }

    /// In 512 bits, arithmetic that leaves lanes alone if a mask says so.
    pub fn can_merge(self) -> bool {
        let row = self.row();
        let plain = matches!(row.form, Form::Rvm | Form::Rm) && row.elem != 0;
        // Lanes of 4 bytes move in words of 8.
        let moves = matches!(self, Opcode::PermPd | Opcode::PermVPd);
        plain && !moves && !self.blends() && !self.gives_mask() && !self.is_broadcast()
    }

    /// Bytes that a memory operand reads or writes, without broadcast.
    pub fn access(self, size: u8) -> u8 {
        size >> self.row().shift
    }
}
