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
pub(super) struct Inst {
    pub op: Op,
    /// Bytes of the vector length.
    pub size: u8,
    /// The immediate; of an fma, which signs it changes ([`NEGATED_PRODUCT`], [`NEGATED_ADDEND`]).
    pub imm: u8,
    /// [`V::NONE`] for stores.
    pub dst: V,
    pub args: [Arg; 4],
}

impl Inst {
    /// Stands where an instruction was.
    pub const NOTHING: Inst = Inst { op: Op::Move, size: 0, imm: 0, dst: V::NONE, args: [Arg::None; 4] };

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
    /// No instruction: see [`Op::Host`].
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

pub(super) struct Row {
    pub form: Form,
    /// 1: 0F, 2: 0F38, 3: 0F3A.
    pub map: u8,
    /// 0: none, 1: 66, 2: F3, 3: F2.
    pub pp: u8,
    pub opcode: u8,
    pub w: W,
    /// Element that EVEX can broadcast from memory; 0 where it cannot.
    pub elem: u8,
    /// A memory operand has the vector length shifted right by this.
    pub shift: u8,
    pub imm: bool,
}

macro_rules! ops {
    ($($name:ident $form:ident $map:literal $pp:literal $opcode:literal $w:ident $elem:literal $shift:literal $imm:literal;)*) => {
        /// An instruction's name: Intel's, with the type of its lanes.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Op { $($name,)* }

        const ROWS: &[Row] = &[$(Row {
            form: Form::$form, map: $map, pp: $pp, opcode: $opcode, w: W::$w, elem: $elem, shift: $shift, imm: $imm != 0,
        },)*];
    };
}

ops! {
    // name form map pp opcode w elem shift imm
    Load Rm 1 0 0x10 W0 0 0 0;
    LoadPd Rm 1 1 0x10 We 0 0 0;
    Store Mr 1 0 0x11 W0 0 0 0;
    StoreNt Mr 1 0 0x2b W0 0 0 0;
    Move Rm 1 0 0x28 W0 0 0 0;
    LoadQ Rm 1 2 0x7e We 0 1 0;
    StoreQ Mr 1 1 0xd6 We 0 1 0;
    StoreD Mr 1 1 0x7e W0 0 2 0;
    BroadcastSs Rm 2 1 0x18 W0 4 0 0;
    BroadcastSd Rm 2 1 0x19 We 8 0 0;
    BroadcastB Rm 2 1 0x78 W0 1 0 0;
    BroadcastW Rm 2 1 0x79 W0 2 0 0;

    AddPd Rvm 1 1 0x58 We 8 0 0;
    AddPs Rvm 1 0 0x58 W0 4 0 0;
    AddSd Rvm 1 3 0x58 We 0 1 0;
    AddSs Rvm 1 2 0x58 W0 0 2 0;
    MulPd Rvm 1 1 0x59 We 8 0 0;
    MulPs Rvm 1 0 0x59 W0 4 0 0;
    SubPd Rvm 1 1 0x5c We 8 0 0;
    SubPs Rvm 1 0 0x5c W0 4 0 0;
    MinPd Rvm 1 1 0x5d We 8 0 0;
    MinPs Rvm 1 0 0x5d W0 4 0 0;
    DivPd Rvm 1 1 0x5e We 8 0 0;
    DivPs Rvm 1 0 0x5e W0 4 0 0;
    MaxPd Rvm 1 1 0x5f We 8 0 0;
    MaxPs Rvm 1 0 0x5f W0 4 0 0;
    SqrtPd Rm 1 1 0x51 We 8 0 0;
    SqrtPs Rm 1 0 0x51 W0 4 0 0;
    AndPd Rvm 1 1 0x54 We 8 0 0;
    AndPs Rvm 1 0 0x54 W0 4 0 0;
    AndNPd Rvm 1 1 0x55 We 8 0 0;
    AndNPs Rvm 1 0 0x55 W0 4 0 0;
    XorPd Rvm 1 1 0x57 We 8 0 0;
    XorPs Rvm 1 0 0x57 W0 4 0 0;
    RoundPd Rm 3 1 0x09 We 8 0 1;
    RoundPs Rm 3 1 0x08 W0 4 0 1;
    FmaPd Fma 2 1 0x98 W1 8 0 0;
    FmaPs Fma 2 1 0x98 W0 4 0 0;
    CmpPd Rvm 1 1 0xc2 We 8 0 1;
    CmpPs Rvm 1 0 0xc2 W0 4 0 1;
    ShufPs Rvm 1 0 0xc6 W0 4 0 1;
    ShufPd Rvm 1 1 0xc6 We 8 0 1;
    PermPd Rm 3 1 0x01 W1 8 0 1;
    UnpackLowPd Rvm 1 1 0x14 We 8 0 0;
    UnpackHighPd Rvm 1 1 0x15 We 8 0 0;
    UnpackLowPs Rvm 1 0 0x14 W0 4 0 0;
    UnpackHighPs Rvm 1 0 0x15 W0 4 0 0;

    PAddD Rvm 1 1 0xfe W0 4 0 0;
    PAddQ Rvm 1 1 0xd4 We 8 0 0;
    PSubD Rvm 1 1 0xfa W0 4 0 0;
    PSubQ Rvm 1 1 0xfb We 8 0 0;
    PMulLD Rvm 2 1 0x40 W0 4 0 0;
    PMulLQ Rvm 2 1 0x40 We 8 0 0;
    PMulUDQ Rvm 1 1 0xf4 We 8 0 0;
    PMinUD Rvm 2 1 0x3b W0 4 0 0;
    PMaxUD Rvm 2 1 0x3f W0 4 0 0;
    PAndD Rvm 1 1 0xdb W0 4 0 0;
    PAndQ Rvm 1 1 0xdb We 8 0 0;
    POrD Rvm 1 1 0xeb W0 4 0 0;
    POrQ Rvm 1 1 0xeb We 8 0 0;
    PXorD Rvm 1 1 0xef W0 4 0 0;
    PXorQ Rvm 1 1 0xef We 8 0 0;
    PMinSD Rvm 2 1 0x39 W0 4 0 0;
    PMinSQ Rvm 2 1 0x39 We 8 0 0;
    PMaxSD Rvm 2 1 0x3d W0 4 0 0;
    PMaxSQ Rvm 2 1 0x3d We 8 0 0;
    PAbsD Rm 2 1 0x1e W0 4 0 0;
    PAbsQ Rm 2 1 0x1f We 8 0 0;
    PSllVD Rvm 2 1 0x47 W0 4 0 0;
    PSllVQ Rvm 2 1 0x47 W1 8 0 0;
    PSrlVD Rvm 2 1 0x45 W0 4 0 0;
    PSrlVQ Rvm 2 1 0x45 W1 8 0 0;
    PSraVD Rvm 2 1 0x46 W0 4 0 0;
    PSraVQ Rvm 2 1 0x46 W1 8 0 0;
    PShufD Rm 1 1 0x70 W0 4 0 1;

    // Lanes of 8 and 16 bits.
    PAddB Rvm 1 1 0xfc W0 0 0 0;
    PAddW Rvm 1 1 0xfd W0 0 0 0;
    PSubB Rvm 1 1 0xf8 W0 0 0 0;
    PSubW Rvm 1 1 0xf9 W0 0 0 0;
    PMulLW Rvm 1 1 0xd5 W0 0 0 0;
    PMinSB Rvm 2 1 0x38 W0 0 0 0;
    PMinUB Rvm 1 1 0xda W0 0 0 0;
    PMinSW Rvm 1 1 0xea W0 0 0 0;
    PMinUW Rvm 2 1 0x3a W0 0 0 0;
    PMaxSB Rvm 2 1 0x3c W0 0 0 0;
    PMaxUB Rvm 1 1 0xde W0 0 0 0;
    PMaxSW Rvm 1 1 0xee W0 0 0 0;
    PMaxUW Rvm 2 1 0x3e W0 0 0 0;
    PAbsB Rm 2 1 0x1c W0 0 0 0;
    PAbsW Rm 2 1 0x1d W0 0 0 0;

    ExtractI128 Mr 3 1 0x39 W0 0 1 1;

    // 256 bits alone: masks as wide as the lanes they choose.
    PCmpEqD Rvm 1 1 0x76 W0 4 0 0;
    PCmpEqQ Rvm 2 1 0x29 W0 8 0 0;
    PCmpGtD Rvm 1 1 0x66 W0 4 0 0;
    PCmpGtQ Rvm 2 1 0x37 W0 8 0 0;
    BlendVPd Rvmr 3 1 0x4b W0 0 0 0;
    BlendVPs Rvmr 3 1 0x4a W0 0 0 0;
    PBlendD Rvm 3 1 0x02 W0 0 0 1;
    PackSsDW Rvm 1 1 0x6b W0 0 0 0;
    PackSsWB Rvm 1 1 0x63 W0 0 0 0;
    PackUsDW Rvm 2 1 0x2b W0 0 0 0;
    PackUsWB Rvm 1 1 0x67 W0 0 0 0;
    PMovZxBQ Rm 2 1 0x32 W0 0 3 0;

    PTest Rm 2 1 0x17 W0 0 0 0;

    // 512 bits alone: masks in registers of their own.
    ExtractI256 Mr 3 1 0x3b We 0 1 1;
    PCmpD Rvm 3 1 0x1f W0 4 0 1;
    PCmpQ Rvm 3 1 0x1f We 8 0 1;
    PCmpUD Rvm 3 1 0x1e W0 4 0 1;
    PCmpUQ Rvm 3 1 0x1e We 8 0 1;
    PCmpB Rvm 3 1 0x3f W0 0 0 1;
    PCmpUB Rvm 3 1 0x3e W0 0 0 1;
    PCmpW Rvm 3 1 0x3f We 0 0 1;
    PCmpUW Rvm 3 1 0x3e We 0 0 1;
    PMinUQ Rvm 2 1 0x3b We 8 0 0;
    PMaxUQ Rvm 2 1 0x3f We 8 0 0;
    PSllVW Rvm 2 1 0x12 We 0 0 0;
    PSrlVW Rvm 2 1 0x10 We 0 0 0;
    PSraVW Rvm 2 1 0x11 We 0 0 0;
    PTestMB Rvm 2 1 0x26 W0 0 0 0;
    PTestMD Rvm 2 1 0x27 W0 4 0 0;
    PTestMQ Rvm 2 1 0x27 We 8 0 0;
    PTestNMD Rvm 2 2 0x27 W0 4 0 0;
    PTestNMQ Rvm 2 2 0x27 We 8 0 0;
    PTernLogD Tern 3 1 0x25 W0 4 0 1;
    PTernLogQ Tern 3 1 0x25 We 8 0 1;
    PBlendMD Rvm 2 1 0x64 W0 4 0 0;
    PBlendMQ Rvm 2 1 0x64 We 8 0 0;
    PBlendMB Rvm 2 1 0x66 W0 0 0 0;
    PBlendMW Rvm 2 1 0x66 We 0 0 0;
    BlendMPs Rvm 2 1 0x65 W0 4 0 0;
    BlendMPd Rvm 2 1 0x65 We 8 0 0;
    ScalefPd Rvm 2 1 0x2c We 8 0 0;
    ScalefPs Rvm 2 1 0x2c W0 4 0 0;
    GetExpPd Rm 2 1 0x42 We 8 0 0;
    GetExpPs Rm 2 1 0x42 W0 4 0 0;
    GetMantPd Rm 3 1 0x26 We 8 0 1;
    GetMantPs Rm 3 1 0x26 W0 4 0 1;
    LoadBytes Rm 1 3 0x6f W0 0 0 0;
    LoadWords Rm 1 3 0x6f We 0 0 0;
    KLoad Rm 1 0 0x90 W0 0 0 0;
    KStore Mr 1 0 0x91 W0 0 0 0;
    KNot Rm 1 0 0x44 W0 0 0 0;
    KAnd Rvm 1 0 0x41 W0 0 0 0;
    KAndN Rvm 1 0 0x42 W0 0 0 0;
    KOr Rvm 1 0 0x45 W0 0 0 0;
    KXnor Rvm 1 0 0x46 W0 0 0 0;
    KXor Rvm 1 0 0x47 W0 0 0 0;
    KOrTest Rm 1 0 0x98 W0 0 0 0;

    // The first operand is the order of the second's lanes.
    PermVPd Rvm 2 1 0x16 W1 8 0 0;

    // Between types.
    PMovSxDQ Rm 2 1 0x25 W0 0 1 0;
    PMovZxDQ Rm 2 1 0x35 W0 0 1 0;
    PMovSxBW Rm 2 1 0x20 W0 0 1 0;
    PMovZxBW Rm 2 1 0x30 W0 0 1 0;
    PMovSxBD Rm 2 1 0x21 W0 0 2 0;
    PMovZxBD Rm 2 1 0x31 W0 0 2 0;
    PMovSxWD Rm 2 1 0x23 W0 0 1 0;
    PMovZxWD Rm 2 1 0x33 W0 0 1 0;
    PMovQD Mr 2 2 0x35 W0 0 1 0;
    PMovWB Mr 2 2 0x30 W0 0 1 0;
    PMovDB Mr 2 2 0x31 W0 0 2 0;
    PMovDW Mr 2 2 0x33 W0 0 1 0;
    CvtDq2Ps Rm 1 0 0x5b W0 4 0 0;
    CvtDq2Pd Rm 1 2 0xe6 W0 4 1 0;
    CvtTPs2Dq Rm 1 2 0x5b W0 4 0 0;
    CvtTPd2Dq Rm 1 1 0xe6 We 8 0 0;
    CvtPs2Pd Rm 1 0 0x5a W0 4 1 0;
    CvtPd2Ps Rm 1 1 0x5a We 8 0 0;
    CvtQq2Pd Rm 1 2 0xe6 We 8 0 0;
    CvtQq2Ps Rm 1 0 0x5b We 8 0 0;
    CvtTPd2Qq Rm 1 1 0x7a We 8 0 0;
    CvtTPs2Qq Rm 1 1 0x7a W0 4 1 0;
    CvtUdq2Ps Rm 1 3 0x7a W0 4 0 0;
    CvtUdq2Pd Rm 1 2 0x7a W0 4 1 0;
    CvtUqq2Pd Rm 1 2 0x7a We 8 0 0;
    CvtUqq2Ps Rm 1 3 0x7a We 8 0 0;
    CvtTPs2Udq Rm 1 0 0x78 W0 4 0 0;
    CvtTPd2Udq Rm 1 0 0x78 We 8 0 0;
    CvtTPd2Uqq Rm 1 1 0x78 We 8 0 0;
    CvtTPs2Uqq Rm 1 1 0x78 W0 4 1 0;

    // The second operand; where the third, a mask, has a lane, a function of the host changes it
    // for what the first operand is. The immediate says which of the draft's functions.
    Host Host 0 0 0 W0 0 0 0;
}

impl Op {
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Works on mask registers alone, which VEX encodes.
    pub fn on_masks(self) -> bool {
        (Op::KLoad as u8..=Op::KOrTest as u8).contains(&(self as u8))
    }

    /// The first two operands may change places.
    pub fn commutes(self) -> bool {
        use Op::*;
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
        matches!(self, Op::BroadcastSs | Op::BroadcastSd | Op::BroadcastB | Op::BroadcastW)
    }

    /// A mask chooses between the operands; elsewhere it makes lanes zero.
    pub fn blends(self) -> bool {
        use Op::*;
        matches!(self, PBlendMD | PBlendMQ | PBlendMB | PBlendMW | BlendMPs | BlendMPd)
    }

    /// The result is a mask register in 512 bits.
    pub fn gives_mask(self) -> bool {
        self.on_masks() || self.compares()
    }

    /// In 512 bits it gives a mask of numbers, and may do so under another mask.
    pub fn compares(self) -> bool {
        use Op::*;
        matches!(self, CmpPd | CmpPs | PTestMB | PTestMD | PTestMQ | PTestNMD | PTestNMQ) || self.orders()
    }

    /// In 512 bits it compares integers, as the immediate says.
    pub fn orders(self) -> bool {
        use Op::*;
        matches!(self, PCmpD | PCmpQ | PCmpUD | PCmpUQ | PCmpB | PCmpUB | PCmpW | PCmpUW)
    }

    /// In 512 bits, arithmetic that leaves lanes alone if a mask says so.
    pub fn can_merge(self) -> bool {
        let row = self.row();
        let plain = matches!(row.form, Form::Rvm | Form::Rm) && row.elem != 0;
        // Lanes of 4 bytes move in words of 8.
        let moves = matches!(self, Op::PermPd | Op::PermVPd);
        plain && !moves && !self.blends() && !self.gives_mask() && !self.is_broadcast()
    }

    /// Bytes that a memory operand reads or writes, without broadcast.
    pub fn access(self, size: u8) -> u8 {
        size >> self.row().shift
    }
}
