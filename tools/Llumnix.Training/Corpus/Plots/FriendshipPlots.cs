namespace Llumnix.Training.Corpus.Plots;

/// <summary>Two meet, help, share, quarrel or celebrate.</summary>
internal static class FriendshipPlots
{
    public static readonly IReadOnlyList<Plot> All =
    [
        new("new in town", "making a new friend", NewInTown),
        new("sharing food", "sharing", Sharing),
        new("quarrel", "two friends who quarrel", Quarrel),
        new("birthday", "a birthday", Birthday),
        new("shelter", "a storm", Shelter),
        new("sick friend", "a sick friend", Sick),
        new("lost child", "finding the way home", LostChild),
        new("gift exchange", "giving a present", Gift),
    ];

    private static void NewInTown(Scene s)
    {
        Beats.Open(s);
        s.SayOne("{Hero} was new there and had no friends.", "{Hero} was often alone and had nobody to play with.", "{Hero} had just moved there. {He} felt very lonely.");
        s.SayOne("{Oneday}, {he} {walked} to {place} and saw {fintro}.", "{Oneday}, {he} saw {fintro} playing {at}.");
        s.SayOne("{Friend} had {a thing}. {Fhe} {thing used}.", "{Friend} was playing with {a thing}.");
        s.SayOne("{Hero} wanted to play too, but {he} was shy.", "{Hero} did not dare to say hello.", "{Hero} hid behind a tree and watched.");
        s.SayOne(
            "Then {friend} saw {him}. \"Hello! Do you want to play with me?\" {fhe} asked.",
            "Then the {thing} rolled away, right to {hero}. {Hero} picked it up and gave it back. \"Thank you,\" said {friend}. \"Come and play with me!\"",
            "At last, {hero} took a deep breath. \"Hello, I am {hero}. May I play with you?\" \"Yes, please!\" said {friend}.");
        s.SayOne("They played all day. They laughed and ran {at}.", "They played with the {thing} until the sun went down.", "They took turns with the {thing}.");
        s.SayOne("When it was time to go, {friend} said, \"Will you come back tomorrow?\" \"Yes!\" said {hero}.", "\"Now I have a friend,\" thought {hero}. {He} was {happy}.", "{Hero} was not lonely anymore.");
        Beats.End(s, "{Hero} learned that it is easy to make a friend. You just have to say hello.", "A friend can be found anywhere.");
    }

    private static void Sharing(Scene s)
    {
        Beats.Open(s);
        s.Set("meal", s.Dice.Chance(0.5) ? s.Cast.Hero.Kind.Food : s.Dice.Pick(Lexicon.ChildFoods));
        s.SayOne("{Oneday}, {hero} had a big basket of {meal}.", "{Oneday}, {his} {parent} gave {him} some {meal}.", "{Hero} found some {meal} {at}.");
        s.SayOne("{Fintro} came by. \"I am so hungry,\" {fhe} said. \"May I have some?\"", "{Fintro} saw it. \"Please give me a little,\" said {friend}.");
        if (s.Dice.Chance(0.65))
        {
            s.SayOne("\"No, it is all mine,\" said {hero}. {Friend} went away {sad}.", "But {hero} did not want to share. {He} ate everything alone.", "\"Go away!\" said {hero}. {Friend} was {sad} and left.");
            s.SayOne("Soon {hero} had a stomach ache.", "But it did not taste good when {he} was alone.", "{Next}, {hero} was hungry, and all the food was gone.");
            s.SayOne("Then {friend} came back. {Fhe} had some {ffood}. \"You can have half,\" said {friend}.", "{Hero} saw {friend} with a plate of {ffood}. \"Sit down and eat with me,\" said {friend}.");
            s.SayOne("{Hero} was ashamed. \"I am sorry that I did not share,\" {he} said.", "\"But I gave you nothing,\" said {hero}. \"That does not matter,\" {said} {friend}.");
            s.SayOne("From then on, {hero} shared everything with {friend}.", "{Hero} learned that sharing makes everyone happy.", "{Next}, {hero} brought {friend} the best {meal} of all.");
        }
        else
        {
            s.SayOne("{Hero} looked at the {meal}. There was not much. But {he} gave half of it to {friend}.", "\"Of course,\" said {hero}. \"Sit down next to me.\"");
            s.SayOne("They ate together and told each other stories.", "{Friend} was {happy}. \"{thanks},\" {fhe} said.");
            s.SayOne("{Next}, {friend} came back with {a gift}. \"This is for you, because you were kind to me.\"", "Later, when {hero} was hungry, {friend} brought {him} some {ffood}.");
            Beats.End(s, "{Hero} learned that what you give comes back to you.", "Food tastes better with a friend.");
        }
    }

    private static void Quarrel(Scene s)
    {
        s.SayOne("{Hero} and {friend} were best friends.", "Once upon a time, there were two friends, {hero} and {friend}.", "Once upon a time, {intro} and {fintro} were best friends.");
        s.SayOne("{Oneday}, they found {a thing} {at}.", "{Oneday}, they got {a thing} from {other}.", "{Oneday}, they were playing {at} with {a thing}.");
        s.SayOne("\"It is mine!\" said {hero}. \"No, it is mine!\" said {friend}.", "Both wanted to {thing use} first.", "\"I saw it first!\" {cried} {hero}. \"No, I did!\" {cried} {friend}.");
        s.SayOne("They pulled and pulled, until the {thing} broke.", "They shouted at each other. Then the {thing} fell down and broke.", "They pulled at it. Crack! The {thing} was broken.");
        s.SayOne("{Friend} went home without a word. {Hero} was alone.", "\"I do not want to play with you anymore,\" said {friend}. {Hero} went home, too.", "Now nobody had the {thing}, and both were {sad}.");
        s.SayOne("At home, {hero} could not stop thinking about {friend}.", "{Hero} sat {at2} and felt lonely.", "\"A friend is more important than any {thing},\" said {his} {parent}.");
        s.SayOne("{Next}, {hero} went to {friend}. \"I am sorry,\" {he} said. \"I am sorry, too,\" said {friend}.", "{Next}, both said it at the same time, \"I am sorry!\" Then they laughed.");
        s.SayOne("Together they fixed the {thing} with {thing mending}.", "They took some {thing mending} and mended the {thing}.");
        s.SayOne("From then on, they took turns.", "Now they always share the {thing}.", "\"You go first,\" said {hero}. \"No, you go first,\" said {friend}.", "They never quarreled about a {thing} again.");
    }

    private static void Birthday(Scene s)
    {
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, it was {his} birthday.", "Today was a special day. It was {hero}'s birthday.");
        s.SayOne("{Hero} got up early, but nobody said anything.", "{Hero} waited and waited, but nobody came.", "\"Good morning, {fcall},\" said {hero}. \"Good morning. I have no time,\" said {friend} and ran away.");
        s.SayOne("{Hero} {walked} to {place}, but {other} was busy, too.", "{He} asked {other} to play. \"Not today,\" said {other}.", "{Hero} met {ointro}. \"I must go to {place},\" said {other} and hurried away.");
        s.SayOne("\"Everybody forgot my birthday,\" thought {hero}. {He} was {sad}.", "{Hero} felt {sad} and went home slowly.");
        s.SayOne("But when {he} opened the door, everyone {cried}, \"Surprise!\"", "Then {he} heard music {at2}. \"Surprise!\" {cried} all {his} friends.");
        s.SayOne("There were balloons, a big cake and many friends.", "{Friend} had baked a cake, and {other} had brought flowers.", "On the table stood a cake with candles.");
        s.SayOne("{Friend} gave {him} {a gift}. \"Happy birthday, {call}!\"", "There was a present from {friend}, too. {Hero} opened it. It was {a gift}!");
        s.SayOne("\"I thought you forgot me,\" said {hero}. \"Never!\" said {friend}.", "{Hero} was {happy}. \"This is the best birthday ever!\"", "They danced and sang until late at night.");
        s.Maybe(0.3, "{goodnight}");
    }

    private static void Shelter(Scene s)
    {
        Beats.Open(s);
        s.SayOne("{Oneday}, a big storm came. The rain fell and the wind blew.", "One night, it was very cold and the snow fell.", "One evening, the sky grew dark, and it began to rain.");
        s.SayOne("{Hero} sat warm and dry inside. Then {he} heard a knock.", "Knock, knock! Somebody was at the door.", "{Hero} heard a small voice outside.");
        s.SayOne("It was {fintro}. \"I am cold and wet. May I come in?\" asked {friend}.", "There stood {fintro}, wet and cold. \"Please let me in,\" said {friend}.");
        s.SayOne("\"My home is small, but there is room for two,\" said {hero}.", "\"Come in quickly!\" said {hero}.", "{Hero} opened the door wide. \"Sit by the fire,\" {he} said.");
        s.SayOne("{He} gave {friend} some {food} and a warm blanket.", "{Friend} ate warm soup and fell asleep by the fire.", "They drank tea and listened to the rain.");
        s.SayOne("In the morning, the sun was shining again. \"{thanks},\" said {friend}.", "When the storm was over, {friend} said, \"I will never forget this.\"");
        s.SayOne(
            "Some days later, {hero} lost {his} way {at}. {Friend} found {him} and brought {him} home.",
            "{Next}, {friend} came back with {a gift}. \"This is for your kindness,\" {fhe} said.",
            "In summer, when {hero} had nothing to eat, {friend} came with a basket full of {ffood}.");
        Beats.End(s, "Kindness always comes back.", "{Hero} was glad that {he} had opened the door.");
    }

    private static void Sick(Scene s)
    {
        s.SayOne("{Hero} and {friend} played together every day.", "{Intro} had a good friend. It was {fintro}.", "Once upon a time, there was {intro} who had a friend. The friend was {fintro}.");
        s.SayOne("But {oneday}, {friend} did not come.", "{Oneday}, {hero} waited {at}, but {friend} was not there.");
        s.SayOne("\"Where is {friend}?\" {hero} asked {other}. \"{Fhe} is sick and must stay in bed,\" {said} {other}.", "{Hero} {walked} to {friend}'s home. {Friend} was lying in bed. \"I am sick,\" {fhe} said.");
        s.SayOne("{Hero} was {sad}. \"What can I do?\" {he} thought.", "{Hero} wanted to help. {He} had an idea.");
        s.SayOne("{He} cooked a pot of soup and took it to {friend}.", "{He} picked flowers in the meadow and brought them to {friend}.", "{He} took {his} {adj thing} and went to {friend}. \"You can have it until you are well,\" {he} said.");
        s.SayOne("Every day, {hero} sat by the bed and told a story.", "{Hero} stayed and read a book to {friend}.", "They could not run outside, but they could laugh together.");
        s.SayOne("Soon {friend} felt better. {Next}, {fhe} could get up again.", "After three days, {friend} was well again.");
        s.SayOne("\"You are the best medicine,\" said {friend}.", "\"{thanks},\" said {friend}. They {walked} to {place} and played.", "{Hero} was {happy}. They played {at} until evening.");
        Beats.End(s, "A true friend is there on good days and on bad days.");
    }

    private static void LostChild(Scene s)
    {
        Character baby = s.Cast.Other;
        s.Set("baby", "the little " + baby.Kind.Noun);
        Beats.Open(s);
        Beats.GoOut(s);
        s.SayOne("There {he} heard somebody crying. It was a little {okind}.", "Under a tree sat a little {okind} and cried.", "Suddenly, {he} saw a little {okind}. It was all alone.");
        s.SayOne("\"What is wrong?\" asked {hero}. \"I cannot find my mother,\" said {baby}.", "\"I am lost,\" said {baby}. \"I want to go home.\"");
        s.SayOne("\"Do not cry. I will help you,\" said {hero}.", "{Hero} took {baby} by the hand. \"We will find her,\" {he} said.");
        s.SayOne("They {walked} to {place2}, but nobody was there.", "They asked {friend}. \"I saw a {okind} {at2},\" {said} {friend}.", "They looked {at2}. They called and called.");
        s.SayOne("It was getting dark. {Hero} lit a lantern and went on.", "{Baby} was {tired}, so {hero} carried it.", "\"I am {scared},\" said {baby}. {Hero} sang a song to make it brave.");
        s.SayOne("At last, they heard a voice. \"My child, where are you?\" It was the mother!", "Then a big {okind} came running. \"My baby!\" {cried} the mother.");
        s.SayOne("The mother was {happy}. She gave {hero} {a gift}. \"{thanks},\" she said.", "The mother hugged her little one. \"{thanks}, {call}!\" she said.", "The little {okind} jumped into its mother's arms.");
        Beats.End(s, "{Hero} was proud, because {he} had helped somebody.", "Since then, {baby} comes to visit {hero} every week.");
    }

    private static void Gift(Scene s)
    {
        s.SayOne("{Hero} wanted to give {friend} a present, but {he} had no money.", "It was almost {friend}'s birthday. {Hero} wanted to give {fhim} something special.",
            "Once upon a time, {intro} wanted to make {fintro} happy. {Friend} had been {sad} for a long time.");
        s.SayOne("\"What does {friend} like?\" {he} thought. Then {he} remembered that {friend} wanted {a thing}.", "{He} asked {other}. \"{Friend} has always wanted {a thing},\" {said} {other}.");
        s.SayOne("So {hero} made {a thing} with {his} own hands.", "So {hero} worked for three days and made {a thing}.", "{Hero} {looked} {at} and found everything to make {a thing}.");
        s.SayOne("It was not perfect. One side was a little bigger than the other.", "{He} cut {his} finger once, but {he} did not give up.", "{His} {parent} helped {him} with the {thing mending}.");
        s.SayOne("{Oneday}, {he} brought it to {friend}. \"This is for you,\" said {hero}.", "{Hero} was {scared}. Would {friend} like it? {He} held out the {thing}.");
        s.SayOne("{Friend} opened {fhis} eyes wide. \"Did you make this for me?\"", "{Friend} looked at it for a long time. Then {fhe} {smiled}.");
        s.SayOne("\"It is the best present I ever got,\" said {friend}.", "\"Nobody ever made anything for me,\" said {friend} and hugged {hero}.");
        Beats.End(s, "The best presents come from the heart.", "{Friend} kept the {thing} forever.", "Now {friend} takes the {thing} everywhere.");
    }
}
